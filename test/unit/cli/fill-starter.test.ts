import { cp, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  fillStarter,
  readAudience,
  readCountry,
  readPurpose,
  type StarterAnswers,
} from '../../../hub-server/cli/fill-starter.ts'
import { readWorkspaceFiles } from '../../../hub-server/workspace-files.ts'
import { createWorkspaceFolder } from '../../support/workspace-folder.ts'

const starter = new URL('../../../manifests/templates/starter', import.meta.url).pathname

async function fill(answers: StarterAnswers) {
  await using folder = await createWorkspaceFolder({})
  await cp(starter, folder.path, { recursive: true })
  await fillStarter(folder.path, answers)
  const files = await readdir(join(folder.path, 'manifests'))
  const texts = await Promise.all(files.map((file) => readFile(join(folder.path, 'manifests', file), 'utf8')))
  return { ...(await readWorkspaceFiles(folder.path, {})), text: texts.join('\n') }
}

describe('fillStarter', () => {
  it('puts the answers everywhere, and the workspace stays valid', async () => {
    const { workspace, text } = await fill({
      country: 'BE',
      audience: 'Clientes « fidèles »',
      purpose: 'offres',
    })
    expect(workspace.profileSchema.default_country).toBe('BE')
    expect([...workspace.segments.keys()]).toEqual(['clientes-fideles'])
    expect(workspace.syncs.get('clientes-fideles-to-platform')).toMatchObject({
      destination: { audience: 'Clientes « fidèles »' },
      consent: [{ purpose: 'offres', channel: 'email' }],
    })
    expect(text).not.toMatch(/first-audience|First audience|"marketing"|"FR"/)
  })

  it.each(['FR', 'marketing', 'a"b\\c $& $1', '顧客', 'x'.repeat(100)])(
    'takes any name of an audience: %s',
    async (audience) => {
      const { workspace } = await fill({ country: 'GB', audience, purpose: 'news' })
      const delivering = [...workspace.syncs.values()].find((sync) => 'segment' in sync)
      expect(delivering).toMatchObject({ destination: { audience }, consent: [{ purpose: 'news' }] })
    },
  )
})

describe('answers', () => {
  it('are read as people write them', () => {
    expect(readCountry('belgique')).toBe('BE')
    expect(readCountry('fr')).toBe('FR')
    expect(readCountry('Atlantis')).toBeUndefined()
    expect(readPurpose('Offres e-mail & SMS')).toBe('offres_e_mail_sms')
    expect(readPurpose('42')).toBeUndefined()
    expect(readAudience('  VIP  ')).toBe('VIP')
    expect(readAudience('a\nb')).toBeUndefined()
    expect(readAudience(' ')).toBeUndefined()
  })
})

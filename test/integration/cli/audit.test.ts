import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../../support/run-cli.ts'

const ada = 'ada.lovelace@analytical.example'

let folder = ''
const checkpoints = (): string => join(folder, 'elsewhere.jsonl')
const cli = (...words: string[]) =>
  runCli(words, { cwd: folder, env: { AFFLUENT_AUDIT_CHECKPOINTS: checkpoints() } })
const header = (kind: string, name: string) => ({ kind, version: 1, name })

const manifests = [
  {
    ...header('connection', 'shop'),
    connector: 'files',
    config: { folder: 'data', streams: { contacts: { path: 'contacts.csv', format: 'csv', id: 'id' } } },
  },
  {
    ...header('profile_schema', 'main'),
    traits: { city: { type: 'text' } },
    identifiers: { email: { form: 'email' } },
  },
  {
    ...header('mapping', 'contacts'),
    connection: 'shop',
    stream: 'contacts',
    identifiers: { email: { from: 'email' } },
    traits: { city: { from: 'city' } },
  },
  { ...header('sync', 'pull'), source: { connection: 'shop', stream: 'contacts' } },
]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'affluent-audit-'))
  await Promise.all(['data', 'manifests'].map((name) => mkdir(join(folder, name))))
  await writeFile(
    join(folder, 'data', 'contacts.csv'),
    `id,email,city\n7,${ada},London\n8,g@example.com,Paris\n`,
  )
  await writeFile(join(folder, 'manifests', 'all.json'), JSON.stringify(manifests))
  await cli('apply', '--yes')
  await cli('run')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('affluent audit', () => {
  it('tells who saw or changed a person, and tells that of itself', async () => {
    await cli('export', ada, '--json')
    const first = await cli('audit', 'person', ada, '--json')
    expect(first.code).toBe(0)
    expect(JSON.parse(first.out)).toMatchObject({ seen: [{ action: 'person_exported' }], received: [] })
    const second = await cli('audit', 'person', ada)
    expect(second.out).toContain('person_traced')
    expect(second.out).not.toContain(ada)
    expect((await cli('audit', 'person', 'nobody@example.com')).code).toBe(1)
  })

  it('exports every entry with a signed end, and never over an older export', async () => {
    const out = join(folder, 'audit.jsonl')
    expect((await cli('audit', 'export', '--out', out)).code).toBe(0)
    const lines = (await readFile(out, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines.at(-1)).toHaveProperty('checkpoint.number', lines.length - 1)
    expect(lines.slice(0, -1).map((line) => line['number'])).toEqual(
      lines.slice(0, -1).map((_, at) => at + 1),
    )
    expect(JSON.stringify(lines)).not.toContain(ada)
    expect((await cli('audit', 'export', '--out', out)).code).not.toBe(0)
    expect((await readFile(out, 'utf8')).trimEnd().split('\n')).toHaveLength(lines.length)
  })

  it('proves the log by an export that was kept, or by what the API signed', async () => {
    const out = join(folder, 'kept.jsonl')
    await cli('audit', 'export', '--out', out)
    const { checkpoint } = JSON.parse((await readFile(out, 'utf8')).trimEnd().split('\n').at(-1) ?? '') as {
      checkpoint: { at: number; key: string; number: number }
    }
    const told = join(folder, 'told.json')
    await writeFile(told, JSON.stringify({ ...checkpoint, at: new Date(checkpoint.at).toISOString() }))
    const forged = join(folder, 'forged.json')
    await writeFile(forged, JSON.stringify({ ...checkpoint, number: checkpoint.number - 1 }))
    for (const [file, code] of [
      [out, 0],
      [told, 0],
      [forged, 1],
    ] as const)
      expect(await cli('audit', 'verify', '--checkpoints', file, '--key', checkpoint.key)).toMatchObject({
        code,
      })
  })

  it('agrees with the checkpoints that each command left elsewhere', async () => {
    const verified = await cli('audit', 'verify', '--checkpoints', checkpoints())
    expect(verified).toMatchObject({ code: 0 })
    const [first = ''] = (await readFile(checkpoints(), 'utf8')).split('\n')
    const forged = join(folder, 'forged.jsonl')
    await writeFile(forged, JSON.stringify({ ...(JSON.parse(first) as object), number: 9999 }))
    expect((await cli('audit', 'verify', '--checkpoints', forged)).code).toBe(1)
    await writeFile(forged, `${first}\nno checkpoint\n`)
    const unreadable = await cli('audit', 'verify', '--checkpoints', forged)
    expect(unreadable.code).toBe(64)
    expect(unreadable.err).toContain('line 2')
  })
})

describe('affluent secrets', () => {
  it('rotates, and everything still opens afterwards', async () => {
    const key = join(folder, '.affluent', 'secret.key')
    const before = await readFile(key, 'utf8')
    expect(await cli('secrets', 'rotate')).toMatchObject({ code: 0 })
    expect(await readFile(key, 'utf8')).not.toBe(before)
    const listed = await cli('secrets', 'list', '--json')
    expect(JSON.parse(listed.out)).toHaveProperty('keys.length', 6)
    expect(listed.out).not.toContain((await readFile(key, 'utf8')).trim())
    expect((await cli('run')).code).toBe(0)
  })
})

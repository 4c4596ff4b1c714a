import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { command, type CommandWorld } from './a-marked-hub.ts'
import { markedSecret } from './marks.ts'
import { emailOf } from './planting.ts'

/** Commands that fail over what somebody pasted where it does not belong. */
export async function failOverManifests({ folder, env, told }: CommandWorld): Promise<void> {
  const manifest = { kind: 'connection', version: 1, name: 'crm', connector: 'hubspot' }
  const broken: Record<string, string> = {
    syntax: `{"kind": "connection", "config": {"access_token": "${markedSecret(30)}" "x"}}`,
    unknown: JSON.stringify({
      ...manifest,
      config: { acces_token: markedSecret(31), base_url: markedSecret(31) },
    }),
    plain: JSON.stringify({
      ...manifest,
      config: { access_token: markedSecret(32), portal_id: markedSecret(32) },
    }),
    partial: JSON.stringify({
      ...manifest,
      config: {
        access_token: `\${env:NOT_SET:-${markedSecret(42)}} x`,
        client_id: `\${env:${markedSecret(42, 14)}`,
      },
    }),
    person: JSON.stringify({
      kind: 'segment',
      version: 1,
      name: 'who',
      rule: { trait: 'email', op: 'equals', value: emailOf(36), title: emailOf(36) },
    }),
  }
  const side = `${folder}-broken`
  await mkdir(join(side, 'manifests'), { recursive: true })
  for (const [name, text] of Object.entries(broken))
    await writeFile(join(side, 'manifests', `${name}.json`), text)
  const beside = { folder: side, env, told }
  await command(beside, ['validate'], { place: 'validate (broken)' })
  await command(beside, ['plan', '--json', '--lang', 'fr'], { place: 'plan (broken)' })
  const world = { folder, told, env: { ...env, AFFLUENT_PORT: markedSecret(33) } }
  await command(world, ['status'])
  await command({ ...world, env: { ...env, AFFLUENT_SECRET_KEY: markedSecret(33) } }, ['status', '--json'])
  await command({ folder, told, env }, ['serve', '--port', markedSecret(34), '--lang', 'fr'], {
    place: 'serve x',
  })
}

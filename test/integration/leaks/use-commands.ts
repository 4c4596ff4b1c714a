import { join } from 'node:path'
import { command, type CommandWorld } from './a-marked-hub.ts'
import { markedSecret } from './marks.ts'
import { emailOf } from './planting.ts'

/** Commands that are the same beside a running hub and without one. */
const either = (out: (name: string) => string): readonly (readonly string[])[] => [
  ['status', '--json', '--lang', 'fr'],
  ['doctor', '--json', '--bundle', out('bundle.tar.gz')],
  ['audit', 'export', '--out', out('audit.jsonl')],
  ['explain', emailOf(2), 'everyone-to-crm'],
  ['export', emailOf(7), '--out', out('export')],
  ['profiles', 'show', emailOf(36), '--json'],
  ['access', 'add', 'Eve', '--verbose'],
  ['apikeys', 'add', 'eve', '--scope', 'runs:read', '--lang', 'fr', '--json', '--verbose'],
  ['profiles', 'show', markedSecret(34), '--wrong', markedSecret(34)],
  ['backup', out('backup')],
]

const besideOnly: readonly (readonly string[])[] = [
  ['status'],
  ['connections', 'list'],
  ['connections', 'test', '--lang', 'fr'],
  ['audit', 'verify', '--json'],
  ['audit', 'person', emailOf(1)],
  ['explain', emailOf(36), 'nothing', '--json'],
  ['quarantine', 'list'],
  ['quarantine', 'replay'],
  ['access', 'list'],
  ['apikeys', 'list', '--json'],
  ['keys', 'list'],
  ['secrets', 'list'],
  ['suppress', 'list'],
  ['segments', 'preview', 'everyone'],
]

/** Commands as people type them, beside the hub or without it. */
export async function useCommands(world: CommandWorld, round: 'beside' | 'alone'): Promise<void> {
  const out = (name: string): string => join(world.folder, `${round}-${name}`)
  const own = round === 'beside' ? besideOnly : [['plan', '--out', out('plan.json')]]
  for (const words of [...own, ...either(out)])
    await command(world, words, { place: words.filter((word) => !/[/@]|QxLeak/.test(word)).join(' ') })
}

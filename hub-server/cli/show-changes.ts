import type { ManifestChange } from '../../core/port/control-store.ts'
import type { Style, Terminal } from './terminal.ts'

const marks = {
  create: ['+', 'green'],
  update: ['~', 'yellow'],
  delete: ['-', 'red'],
} as const satisfies Readonly<Record<ManifestChange['operation'], readonly [string, Style]>>

/** Lists manifest changes as people know them from other tools: plus, tilde, minus. */
export function showChanges(terminal: Terminal, changes: readonly ManifestChange[]): void {
  const { t } = terminal.translator
  if (changes.length === 0) {
    terminal.say(t('plan.no_changes'))
    return
  }
  terminal.say(terminal.style('bold', t('plan.manifests', { count: changes.length })))
  for (const { operation, kind, name } of changes) {
    const [mark, style] = marks[operation]
    terminal.say(`  ${terminal.style(style, mark)} ${kind} ${name} (${t(`plan.${operation}`)})`)
  }
}

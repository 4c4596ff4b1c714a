import type { HygieneWarning } from '../../core/membership/hygiene.ts'
import { shareWords } from './quality-words.ts'
import type { Terminal } from './terminal.ts'

/** What is wrong with segments, one line each, and the repair below it. */
export function showWarnings(terminal: Terminal, warnings: readonly HygieneWarning[]): void {
  for (const warning of warnings) {
    const { title, repair } = describeWarning(terminal, warning)
    terminal.say(`${terminal.style('yellow', '!')} ${title}`)
    terminal.say(`  ${terminal.style('dim', repair)}`)
  }
}

/** The same for programs: code and figures, with the words. */
export function toWarningDocuments(
  terminal: Terminal,
  warnings: readonly HygieneWarning[],
): readonly (HygieneWarning & { readonly title: string; readonly repair: string })[] {
  return warnings.map((warning) => ({ ...warning, ...describeWarning(terminal, warning) }))
}

function describeWarning(terminal: Terminal, warning: HygieneWarning): { title: string; repair: string } {
  const { t } = terminal.translator
  const words = Object.fromEntries(
    Object.entries(warning).map(([key, value]) => [key, valueWords(terminal, key, value)]),
  )
  return {
    title: t(`hygiene.titles.${warning.code}`, words),
    repair: t(`hygiene.repairs.${warning.code}`, words),
  }
}

function valueWords(terminal: Terminal, key: string, value: string | number): string {
  if (typeof value === 'string') return value
  if (key === 'share') return shareWords(terminal, value)
  if (key === 'since') return terminal.instant(value)
  return terminal.number(value, key === 'mean' ? 1 : 0)
}

import type { Run } from '../../core/sync/run.ts'
import type { Terminal } from './terminal.ts'

/** The conservation law of a delivery, or what a pull read, as one line. */
export function describeCounters(
  terminal: Terminal,
  { kind, counters }: Pick<Run, 'kind' | 'counters'>,
): string {
  const { t } = terminal.translator
  const numbers = Object.fromEntries(
    Object.entries(counters).map(([name, count]) => [name, terminal.number(Number(count))]),
  )
  const calls = t('counts.calls', { count: counters.calls, number: terminal.number(counters.calls) })
  return t(kind === 'pull' ? 'run.pulled' : 'run.delivered', { ...numbers, calls })
}

import { AffluentError } from '../../../core/errors/affluent-error.ts'
import {
  historyPeriods,
  moveCauses,
  type HistoryPeriod,
  type HistoryStep,
  type HistoryStretch,
} from '../../../core/port/segment-insight.ts'
import { showHistory as showHistoryRoute } from '../../api/contract/segment-history.ts'
import { readInstant } from '../as-of.ts'
import { optionValue, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { showTable } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { withClient } from '../with-client.ts'

/** Shows a segment's sizes over time, who entered and exited, and how alike it stays. */
export const segmentsHistory: CommandAction = async (context, input) => {
  const { terminal, clock } = context
  const act = 'affluent segments history'
  const every = readPeriod(optionValue(input, 'every'), act)
  const since = optionValue(input, 'since')
  const asked = { every, ...(since !== undefined && { since: readInstant(since, clock, '--since') }) }
  const params = { segment: input.arguments['segment'] ?? '' }
  const history = await withClient(context, 'segments history', (hub) =>
    hub.ask(showHistoryRoute, { params, query: asked }),
  )
  const { segment, steps, whole } = history
  terminal.document('segment_history', { ...history })
  showHistory(terminal, segment, { steps, whole })
  return exitCode.done
}

function readPeriod(text: string | undefined, act: string): HistoryPeriod {
  const found = historyPeriods.find((period) => period === (text ?? 'day'))
  if (found) return found
  throw new AffluentError('usage.wrong', { act, value: text ?? '', expected: historyPeriods.join(', ') })
}

function showHistory(
  terminal: Terminal,
  segment: string,
  { steps, whole }: { readonly steps: readonly HistoryStep[]; readonly whole: HistoryStretch | null },
): void {
  const { t } = terminal.translator
  if (!whole) {
    terminal.say(t('segments.no_history', { segment }))
    return
  }
  const header = ['from', 'members', 'entered', 'exited', 'retained', 'jaccard'].map((key) =>
    t(`segments.${key}`),
  )
  const rows = steps.map((step) => [
    new Date(step.from).toISOString().slice(0, 10),
    ...[step.size, step.entered, step.exited].map((count) => terminal.number(count)),
    ...describeStability(terminal, step),
  ])
  showTable(terminal, header, rows)
  const [retained = '', jaccard = ''] = describeStability(terminal, whole)
  terminal.say()
  terminal.say(
    t('segments.stability', {
      from: terminal.instant(whole.from),
      to: terminal.instant(whole.to),
      retained,
      jaccard,
    }),
  )
  for (const move of ['enteredBy', 'exitedBy'] as const) {
    const told = moveCauses.filter((cause) => whole[move][cause] > 0)
    if (told.length === 0) continue
    const causes = told.map(
      (cause) => `${t(`segments.causes.${cause}`)} ${terminal.number(whole[move][cause])}`,
    )
    terminal.say(t(`segments.${move}`, { causes: causes.join(', ') }))
  }
}

/** The share that stayed, and the likeness of both ends; a dash where there was nobody to stay. */
function describeStability(terminal: Terminal, step: HistoryStep): string[] {
  const before = step.size - step.entered + step.exited
  if (before === 0 || step.jaccard === null) return ['–', '–']
  return [`${terminal.number((step.retained / before) * 100, 1)} %`, terminal.number(step.jaccard, 2)]
}

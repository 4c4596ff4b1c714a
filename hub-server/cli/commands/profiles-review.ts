import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { ComparisonLevel } from '../../../core/identity/matching.ts'
import type { ExplainedPair, ReviewPair, WeightPart } from '../../../core/port/identity-store.ts'
import { decidePair, explainPair, listReview, type PairDecision } from '../../api/contract/identity.ts'
import { hasOption, optionValue, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import type { HubClient } from '../hub-client.ts'
import { nameRecord } from '../name-record.ts'
import { readPages } from '../read-pages.ts'
import { showTable } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { readWholeNumber } from '../whole-number.ts'
import { withClient } from '../with-client.ts'

const defaultRows = 20
const mostRows = 10_000
/** Percent. Nothing is certain, and rounding must not say so. */
const mostCertain = 99.99

/** Lists the pairs that matching does not dare to join, explains one of them part by part, or decides on it. */
export const profilesReview: CommandAction = async (context, input) => {
  const limit =
    readWholeNumber(optionValue(input, 'limit'), { name: 'limit', from: 1, to: mostRows }) ?? defaultRows
  const { pair } = input.arguments
  const [isAccepted, isRefused] = [hasOption(input, 'accept'), hasOption(input, 'refuse')]
  if ((isAccepted && isRefused) || (pair === undefined && (isAccepted || isRefused)))
    throw new AffluentError('usage.wrong', {
      act: 'affluent profiles review',
      expected: '<pair> --accept | --refuse',
    })
  await withClient(context, 'profiles review', async (hub) => {
    const { terminal } = context
    if (pair === undefined) showList(terminal, await readReview(hub, limit))
    else if (isAccepted || isRefused) {
      const body = { verdict: isAccepted ? 'merge' : 'split' } as const
      showDecision(terminal, await hub.ask(decidePair, { params: { pair }, body }))
    } else showWaterfall(terminal, pair, await hub.ask(explainPair, { params: { pair } }))
  })
  return exitCode.done
}

const readReview = (hub: HubClient, limit: number): Promise<readonly ReviewPair[]> =>
  readPages(async (query) => {
    const { pairs: entries, nextCursor } = await hub.ask(listReview, { query })
    return { entries, nextCursor }
  }, limit)

function showList(terminal: Terminal, pairs: readonly ReviewPair[]): void {
  const { t } = terminal.translator
  terminal.document('review', { pairs })
  if (pairs.length === 0) {
    terminal.say(t('profiles.review.none'))
    return
  }
  const header = ['pair', 'left', 'right', 'weight', 'reason'].map((column) => t(`profiles.review.${column}`))
  showTable(
    terminal,
    header,
    pairs.map(({ pair, left, right, weight, reason }) => [
      pair,
      `${nameRecord(left)} (${left.profileId})`,
      `${nameRecord(right)} (${right.profileId})`,
      terminal.number(weight, 1),
      t(`profiles.review.reasons.${reason}`),
    ]),
  )
  terminal.note(t('profiles.review.next'))
}

function showDecision(terminal: Terminal, { pair, verdict }: PairDecision): void {
  terminal.document('decided', { pair, verdict })
  terminal.say(
    `${terminal.style('green', '✔')} ${terminal.translator.t(`profiles.review.decided_${verdict}`)}`,
  )
}

/** From the weight before anything is compared, part by part, to the weight of the pair. */
function showWaterfall(terminal: Terminal, pair: string, explained: ExplainedPair): void {
  const { t } = terminal.translator
  terminal.document('pair', { pair, ...explained })
  const signed = (weight: number): string =>
    `${weight < 0 ? '−' : '+'}${terminal.number(Math.abs(weight), 1)}`
  const rows = explained.parts.map((part) => [
    part.on,
    part.left ?? '–',
    part.right ?? '–',
    describeLevel(terminal, part),
    signed(part.weight),
  ])
  const columns = ['on', 'left', 'right', 'level', 'weight'].map((column) =>
    t(`profiles.waterfall.${column}`),
  )
  showTable(terminal, columns, [
    [t('profiles.waterfall.start'), '', '', '', signed(explained.start)],
    ...rows,
  ])
  terminal.say(
    terminal.style(
      'bold',
      t('profiles.waterfall.sum', {
        weight: signed(explained.weight),
        probability: terminal.number(Math.min(explained.probability * 100, mostCertain), 2),
      }),
    ),
  )
}

function describeLevel({ translator: { t } }: Terminal, { level }: WeightPart): string {
  if (level === null) return t('profiles.levels.missing')
  const { name, params } = nameLevel(level)
  return t(`profiles.levels.${name}`, params)
}

function nameLevel(level: ComparisonLevel | 'different'): {
  readonly name: string
  readonly params: Readonly<Record<string, string | number>>
} {
  if (typeof level === 'string') return { name: level, params: {} }
  if ('km' in level) return { name: 'km', params: { value: level.km.within } }
  const [[name, value] = ['different', '']] = Object.entries(level)
  return { name, params: { value } }
}

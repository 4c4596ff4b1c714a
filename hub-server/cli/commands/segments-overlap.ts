import type { Combination, SegmentOverlap, SegmentPair } from '../../../core/membership/overlap.ts'
import type { SegmentState } from '../../../core/port/segment-store.ts'
import { showOverlap as showOverlapRoute } from '../../api/contract/segment-history.ts'
import { argumentValues, optionValue, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { shareWords } from '../quality-words.ts'
import { showTable } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { readWholeNumber } from '../whole-number.ts'
import { withClient } from '../with-client.ts'

const defaultRows = 20

/** Shows how segments lie over each other: those that are named, else all that are written in manifests. */
export const segmentsOverlap: CommandAction = async (context, input) => {
  const { terminal } = context
  const limit =
    readWholeNumber(optionValue(input, 'limit'), { name: 'limit', from: 1, to: 10_000 }) ?? defaultRows
  const named = argumentValues(input, 'segments')
  const query = { limit, ...(named.length > 0 && { segments: named.join(',') }) }
  const { standings, ...overlap } = await withClient(context, 'segments overlap', (hub) =>
    hub.ask(showOverlapRoute, { query }),
  )
  const states = new Map(standings.map(({ segment, state }) => [segment, state]))
  terminal.document('segments_overlap', { ...overlap })
  showOverlap(terminal, overlap, limit)
  showStanding(terminal, overlap, states)
  return exitCode.done
}

function showOverlap(terminal: Terminal, overlap: SegmentOverlap, limit: number): void {
  const { t } = terminal.translator
  const { people, inSeveral, segments, combinations, combinationsLeftOut, pairs } = overlap
  const several = { number: terminal.number(people), several: terminal.number(inSeveral) }
  terminal.say(terminal.style('bold', t('overlap.people', { count: people, ...several })))
  terminal.say()
  showTable(
    terminal,
    ['segment', 'members', 'alone', 'shared'].map((column) => t(`overlap.${column}`)),
    segments.map(({ segment, members, alone }) => [
      segment,
      ...[members, alone, members - alone].map((count) => terminal.number(count)),
    ]),
  )
  if (combinations.length > 0) {
    heading(terminal, t('overlap.combinations'))
    showTable(
      terminal,
      ['exactly', 'at_least', 'combination'].map((column) => t(`overlap.${column}`)),
      combinations.map((combination) => combinationRow(terminal, combination)),
    )
    tellRest(terminal, combinationsLeftOut)
  }
  const common = pairs.filter(({ both }) => both > 0)
  if (common.length === 0) return
  heading(terminal, t('overlap.pairs'))
  showTable(
    terminal,
    ['both', 'of_first', 'of_second', 'similarity', 'pair'].map((column) => t(`overlap.${column}`)),
    common.slice(0, limit).map((pair) => pairRow(terminal, pair)),
  )
  tellRest(terminal, common.length - limit)
}

function heading(terminal: Terminal, text: string): void {
  terminal.say()
  terminal.say(terminal.style('bold', text))
}

function tellRest(terminal: Terminal, count: number): void {
  if (count <= 0) return
  const words = { count, number: terminal.number(count) }
  terminal.say(terminal.style('dim', terminal.translator.t('overlap.left_out', words)))
}

const combinationRow = (terminal: Terminal, { segments, exactly, atLeast }: Combination): string[] => [
  terminal.number(exactly),
  terminal.number(atLeast),
  segments.join(' + '),
]

const pairRow = (terminal: Terminal, pair: SegmentPair): string[] => [
  terminal.number(pair.both),
  shareWords(terminal, pair.ofFirst),
  shareWords(terminal, pair.ofSecond),
  shareWords(terminal, pair.similarity),
  `${pair.first} + ${pair.second}`,
]

/** Figures of segments that are not up to date are said to be old. */
function showStanding(
  terminal: Terminal,
  { segments }: SegmentOverlap,
  states: ReadonlyMap<string, SegmentState>,
): void {
  const { t } = terminal.translator
  for (const { segment } of segments) {
    const state = states.get(segment)
    if (state && state.standing !== 'current')
      terminal.note(`${terminal.style('yellow', '!')} ${t(`overlap.${state.standing}`, { segment })}`)
  }
}

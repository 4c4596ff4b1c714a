import type { Combination, SegmentOverlap, SegmentPair } from '../../../core/membership/overlap.ts'
import type { SegmentState } from '../../../core/port/segment-store.ts'
import { requireApplied } from '../../hub.ts'
import { overlapSegments } from '../../warehouse/segment/overlap.ts'
import { checkSegmentNames } from '../check-segment-names.ts'
import { argumentValues, optionValue, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { shareWords } from '../quality-words.ts'
import { showTable } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { readWholeNumber } from '../whole-number.ts'
import { withHub } from '../with-hub.ts'

const defaultRows = 20

/** Shows how segments lie over each other: those that are named, else all that are written in manifests. */
export const segmentsOverlap: CommandAction = async (context, input) => {
  const { terminal } = context
  const act = 'affluent segments overlap'
  const limit =
    readWholeNumber(optionValue(input, 'limit'), { name: 'limit', from: 1, to: 10_000 }) ?? defaultRows
  const named = argumentValues(input, 'segments')
  const { overlap, states } = await withHub(context, 'segments overlap', async (hub) => {
    const workspace = await requireApplied(hub, act)
    const rules = new Map([...workspace.segments].map(([name, { rule }]) => [name, rule]))
    checkSegmentNames(named, new Set(rules.keys()))
    const written = [...rules.keys()].filter((name) => !name.includes('.'))
    const { segments } = await hub.open(workspace)
    return {
      overlap: await overlapSegments(hub.duckdb, named.length > 0 ? named : written, { combinations: limit }),
      states: await segments.states(rules),
    }
  })
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

import {
  leastTold,
  type ToldEstimate,
  type ToldNodeCount,
  type ToldPreview,
} from '../../../core/masking/mask-counts.ts'
import type { SampledPerson } from '../../../core/port/segment-insight.ts'
import { toNode } from '../../../core/segment/rule-node.ts'
import { countSegment, previewSegment } from '../../api/contract/segment.ts'
import { readInstant } from '../as-of.ts'
import { readAskedRule } from '../asked-rule.ts'
import { optionValue, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { nodeWords, whyUnknown } from '../show-rule-tree.ts'
import { showTable } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { withClient } from '../with-client.ts'

/** Shows what a segment, saved or not, would hold: its size, the count of every part of its rule, and sample people. */
export const segmentsPreview: CommandAction = async (context, input) => {
  const { terminal, clock, currentFolder } = context
  const act = 'affluent segments preview'
  const asOf = readInstant(optionValue(input, 'as-of'), clock)
  const asked = { target: input.arguments['draft'], rule: optionValue(input, 'rule'), currentFolder, act }
  const question = { ...(await readAskedRule(asked)), asOf }
  const preview = await withClient(context, 'segments preview', async (hub) => {
    const counted = await hub.ask(countSegment, { body: question })
    if (counted.kind === 'estimate') showEstimate(terminal, counted)
    return hub.ask(previewSegment, { body: question })
  })
  const { segment, asOf: _asOf, ...told } = preview
  terminal.document('segment_preview', { segment, as_of: asOf, ...told })
  showPreview(terminal, segment, preview)
  return exitCode.done
}

function showEstimate(terminal: Terminal, counted: ToldEstimate): void {
  const { members, low, high, sampled, fewerThan } = counted
  const [number, from, to] = [members, low, high].map((count) => countText(terminal, count, fewerThan))
  terminal.note(
    terminal.translator.t('segments.estimate', {
      number: number ?? '',
      from: from ?? '',
      to: to ?? '',
      sampled: terminal.number(sampled),
    }),
  )
}

/** A count, or what it stays below where it is not told. */
const countText = (terminal: Terminal, count: number | null, fewerThan = leastTold): string =>
  count === null ? terminal.translator.t('segments.fewer', { number: fewerThan }) : terminal.number(count)

function sizeText(terminal: Terminal, title: string, { members, profiles }: ToldPreview): string {
  const { t } = terminal.translator
  const told = { segment: title, number: countText(terminal, members), profiles: terminal.number(profiles) }
  if (members === null) return t('segments.size_fewer', told)
  const share = terminal.number(profiles === 0 ? 0 : (members / profiles) * 100, 1)
  return t('segments.size', { ...told, count: members, share })
}

function showPreview(terminal: Terminal, title: string, preview: ToldPreview): void {
  const { t } = terminal.translator
  const { rule, people } = preview
  terminal.say(terminal.style('bold', sizeText(terminal, title, preview)))
  terminal.say()
  const header = ['where_true', 'where_false', 'where_unknown', 'condition'].map((key) =>
    t(`segments.${key}`),
  )
  showTable(terminal, header, nodeRows(terminal, rule, 0))
  if (people.length === 0) return
  terminal.say()
  terminal.say(terminal.style('bold', t('segments.people', { count: people.length })))
  for (const person of people) terminal.say(`  ${describePerson(person)}`)
}

function nodeRows(terminal: Terminal, node: ToldNodeCount, depth: number): string[][] {
  const { whereTrue, whereFalse, whereUnknown, rule, children } = node
  const why = (whereUnknown ?? 0) > 0 && children.length === 0 ? whyUnknown(terminal, toNode(rule)) : ''
  const words = `${'  '.repeat(depth)}${nodeWords(terminal, node)}${why === '' ? '' : ` — ${terminal.translator.t('segments.unknown_because', { why })}`}`
  const counts = [whereTrue, whereFalse, whereUnknown].map((count) => countText(terminal, count))
  return [[...counts, words], ...children.flatMap((child) => nodeRows(terminal, child, depth + 1))]
}

const describePerson = ({ profileId, identifiers }: SampledPerson): string =>
  [profileId, ...identifiers.map(({ kind, value }) => `${kind} ${value}`)].join('  ')

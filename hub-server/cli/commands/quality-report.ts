import {
  reportQuality,
  type StreamQualityDocument,
  type TargetQualityDocument,
} from '../../api/contract/quality.ts'
import type { CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { reasonWords, shareWords } from '../quality-words.ts'
import { showFinding } from '../show-findings.ts'
import { showTable } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { withClient } from '../with-client.ts'

/** Says how good what each source tells is, trait by trait, and what its checks do about it. Changes no profile. */
export const qualityReport: CommandAction = async (context, input) => {
  const { terminal } = context
  const source = input.arguments['source']
  const query = source === undefined ? {} : { source }
  const { sources } = await withClient(context, 'quality report', (hub) => hub.ask(reportQuality, { query }))
  terminal.document('quality_report', { sources })
  if (sources.length === 0) terminal.say(terminal.translator.t('quality.no_sources'))
  for (const stream of sources) showStream(terminal, stream)
  return exitCode.done
}

function showStream(terminal: Terminal, stream: StreamQualityDocument): void {
  const { t } = terminal.translator
  terminal.say(terminal.style('bold', `${stream.connection} / ${stream.stream}`))
  terminal.say(`  ${headline(terminal, stream)}`)
  if (stream.records > 0) {
    terminal.say()
    const columns = ['trait', 'filled', 'different', 'unusable', 'repeated', 'far_out', 'change']
    showTable(
      terminal,
      columns.map((column) => t(`quality.columns.${column}`)),
      stream.targets.map((target) => toRow(terminal, stream, target)),
    )
  }
  showRemarks(terminal, stream)
  terminal.say()
}

function headline(
  terminal: Terminal,
  { records, people, receivedAt, medianAt, comparedWith }: StreamQualityDocument,
): string {
  const { t } = terminal.translator
  const parts = [
    t('counts.sourceRecords', { count: records, number: terminal.number(records) }),
    t('quality.people', { count: people, number: terminal.number(people) }),
  ]
  if (receivedAt !== undefined) parts.push(t('quality.received', { date: terminal.instant(receivedAt) }))
  if (medianAt !== undefined) parts.push(t('quality.age', { date: terminal.instant(medianAt) }))
  if (comparedWith !== undefined) parts.push(t('quality.compared', { date: terminal.instant(comparedWith) }))
  return parts.join(' · ')
}

function toRow(
  terminal: Terminal,
  { records }: StreamQualityDocument,
  target: TargetQualityDocument,
): string[] {
  const orNone = (count: number): string => (count === 0 ? '–' : terminal.number(count))
  return [
    target.name,
    shareWords(terminal, records === 0 ? 0 : target.filled / records),
    terminal.number(target.distinct),
    orNone(unusable(target)),
    orNone(target.repeated),
    orNone(target.numbers?.outliers ?? 0),
    describeDrift(terminal, target),
  ]
}

const unusable = ({ unusable: reasons }: TargetQualityDocument): number =>
  Object.values(reasons).reduce((sum, count) => sum + count, 0)

/** Moves of the share that has a value that are worth a word. */
const notableShare = 0.05
/** From here on values are another population: Siddiqi's rule of thumb, see `populationStability`. */
const shifted = 0.1
const changed = 0.25

function describeDrift(terminal: Terminal, { drift }: TargetQualityDocument): string {
  if (!drift) return '–'
  const { t } = terminal.translator
  const { filledBefore, filledNow, stability = 0 } = drift
  const parts: string[] = []
  if (Math.abs(filledNow - filledBefore) >= notableShare) {
    parts.push(t('quality.filled_before', { share: shareWords(terminal, filledBefore) }))
  }
  if (stability >= shifted) parts.push(t(stability >= changed ? 'quality.changed' : 'quality.shifted'))
  return parts.length === 0 ? t('quality.same') : parts.join(', ')
}

function showRemarks(terminal: Terminal, stream: StreamQualityDocument): void {
  const { t } = terminal.translator
  for (const target of stream.targets) {
    for (const [code, count] of Object.entries(target.unusable)) {
      const words = {
        trait: target.name,
        number: terminal.number(count),
        reason: reasonWords(terminal, code),
      }
      terminal.say(`  ${terminal.style('yellow', '!')} ${t('quality.unusable', words)}`)
    }
    if (target.spellings !== undefined && target.spellings > 0) {
      const words = { trait: target.name, count: target.spellings, number: terminal.number(target.spellings) }
      terminal.say(`  ${terminal.style('yellow', '!')} ${t('quality.spellings', words)}`)
    }
  }
  for (const finding of stream.findings) showFinding(terminal, finding)
  const held = describeHeld(terminal, stream)
  if (held !== '')
    terminal.say(`  ${terminal.style('yellow', '!')} ${t('quality.held_back', { what: held })}`)
}

/** "2 records, 1 row"; '' when nothing is held back. */
function describeHeld(terminal: Terminal, { heldBack, unreadableRows }: StreamQualityDocument): string {
  const { t } = terminal.translator
  const counted = (count: number): { count: number; number: string } => ({
    count,
    number: terminal.number(count),
  })
  return [
    ...(heldBack > 0 ? [t('quality.held_records', counted(heldBack))] : []),
    ...(unreadableRows > 0 ? [t('quality.held_rows', counted(unreadableRows))] : []),
  ].join(', ')
}

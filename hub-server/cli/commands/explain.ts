import type { NodeExplanation } from '../../../core/port/segment-store.ts'
import { describeRule } from '../../../core/segment/describe-rule.ts'
import { explainSync, type SyncExplanation } from '../../explain/explain-sync.ts'
import { requireApplied } from '../../hub.ts'
import { readInstant } from '../as-of.ts'
import { optionValue, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { valueText } from '../name-record.ts'
import { showDerivedTraits } from '../show-derived-traits.ts'
import type { Style, Terminal } from '../terminal.ts'
import { withHub } from '../with-hub.ts'

/** Says why a person is, or is not, in a sync's audience, from source record to the platform's words. */
export const explain: CommandAction = async (context, input) => {
  const { terminal, clock } = context
  const asOf = optionValue(input, 'as-of')
  const question = {
    person: input.arguments['person'] ?? '',
    sync: input.arguments['sync'] ?? '',
    asOf: asOf === undefined ? undefined : readInstant(asOf, clock),
  }
  const explanation = await withHub(context, 'explain', async (hub) => {
    const open = await hub.open(await requireApplied(hub, 'affluent explain'))
    return explainSync(open, question)
  })
  terminal.document('explanation', { ...explanation, sync: explanation.sync.name })
  showVerdict(terminal, question.person, explanation)
  showProfile(terminal, explanation)
  showRule(terminal, explanation)
  showConsent(terminal, explanation)
  showDelivery(terminal, explanation)
  return exitCode.done
}

function showVerdict(terminal: Terminal, person: string, { sync, isIn, verdict }: SyncExplanation): void {
  const { t } = terminal.translator
  const { audience } = sync.destination
  const line = t(isIn ? 'explain.is_in' : 'explain.is_not_in', { person, audience, sync: sync.name })
  terminal.say(
    `${terminal.style('bold', line)} ${t(`explain.because.${verdict}`, { segment: sync.segment })}`,
  )
}

function showProfile(terminal: Terminal, { profile }: SyncExplanation): void {
  const { t } = terminal.translator
  terminal.say()
  const { profileId, sourceRecords, events } = profile
  const origin = [
    t('counts.sourceRecords', { count: sourceRecords.length, number: terminal.number(sourceRecords.length) }),
    t('counts.events', { count: events, number: terminal.number(events) }),
  ].join(' · ')
  terminal.say(t('explain.profile', { profile: profileId, origin }))
  for (const { kind, value, connection, stream, externalId } of profile.identifiers) {
    terminal.say(
      `  ${t('explain.identifier', { kind, value: valueText(value), connection, stream, id: externalId })}`,
    )
  }
  for (const [trait, proven] of Object.entries(profile.traits)) {
    const { value, connection, stream, externalId, versionAt } = proven
    const shown = {
      trait,
      value: valueText(value),
      connection,
      stream,
      id: externalId,
      date: terminal.instant(versionAt),
    }
    terminal.say(`  ${t('explain.trait', shown)}`)
  }
  showDerivedTraits(terminal, profile.derivedTraits)
}

const truths: Readonly<Record<'true' | 'false' | 'null', readonly [string, Style]>> = {
  true: ['✔', 'green'],
  false: ['✖', 'red'],
  null: ['?', 'yellow'],
}

function showRule(terminal: Terminal, { sync, memberSince, rule, asOf }: SyncExplanation): void {
  const { t } = terminal.translator
  const heading =
    memberSince === undefined
      ? t('explain.segment_out', { segment: sync.segment })
      : t('explain.segment_in', { segment: sync.segment, date: terminal.instant(memberSince) })
  terminal.say()
  terminal.say(heading)
  terminal.say(`  ${t('explain.rule', { date: terminal.instant(asOf) })}`)
  showNode(terminal, rule, 1)
}

function showNode(terminal: Terminal, node: NodeExplanation, depth: number): void {
  const { t, language } = terminal.translator
  const truth = node.truth === null ? 'null' : node.truth ? 'true' : 'false'
  const [mark, style] = truths[truth]
  const text = groupWords(terminal, node) ?? describeRule(node.rule, language)
  terminal.say(
    `${'  '.repeat(depth)}${terminal.style(style, mark)} ${text}${describeValue(terminal, node)} (${t(`explain.truth_${truth}`)})`,
  )
  for (const child of node.children) showNode(terminal, child, depth + 1)
}

/** A group is told by a heading: its parts stand below it. */
function groupWords(
  { translator: { t } }: Terminal,
  { rule, children }: NodeExplanation,
): string | undefined {
  if (children.length === 0) return undefined
  if ('all' in rule) return t('explain.all')
  if ('any' in rule) return t('explain.any')
  return 'not' in rule ? t('explain.not') : undefined
}

function describeValue(terminal: Terminal, node: NodeExplanation): string {
  const { t } = terminal.translator
  const { value, children, rule } = node
  if (children.length > 0 || value === null) return ''
  // That a consent is as it should be is said by the condition itself.
  if ('consent' in rule && node.truth === true) return ''
  const shown = typeof value === 'number' ? terminal.number(value, 2) : String(value)
  return ` — ${t('explain.value', { value: 'consent' in rule ? t(`explain.${shown}`) : shown })}`
}

function showConsent(terminal: Terminal, { suppressed, consents }: SyncExplanation): void {
  const { t } = terminal.translator
  terminal.say()
  if (suppressed) terminal.say(t('explain.suppressed'))
  if (consents === undefined) terminal.say(t('explain.consent_unmapped'))
  else if (consents === 'not_required') terminal.say(t('explain.consent_not_required'))
  else {
    for (const { purpose, channel, status } of consents) {
      terminal.say(t('explain.consent', { purpose, channel, status: t(`explain.${status}`) }))
    }
  }
}

function showDelivery(terminal: Terminal, { matchFields, delivery, waitingRun }: SyncExplanation): void {
  const { t, phrase } = terminal.translator
  const key = matchFields.present.length > 0 ? 'explain.match' : 'explain.no_match'
  const fields = matchFields.present.length > 0 ? matchFields.present : matchFields.wanted
  terminal.say(t(key, { fields: fields.join(', ') }))
  if (waitingRun) terminal.say(t('explain.guard', { run: waitingRun.id }))
  if (!delivery) {
    terminal.say(t('explain.no_delivery'))
    return
  }
  const status = t(`explain.statuses.${delivery.status}`)
  terminal.say(
    t('explain.delivery', { status, date: terminal.instant(delivery.acknowledgedAt), run: delivery.runId }),
  )
  if (delivery.reasonCode !== null) {
    terminal.say(
      t('explain.said', { message: phrase(delivery.reasonMessage ?? ''), code: delivery.reasonCode }),
    )
  }
}

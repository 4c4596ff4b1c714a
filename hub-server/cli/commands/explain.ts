import { explainPerson, type SyncExplanationDocument } from '../../api/contract/explanation.ts'
import { readInstant } from '../as-of.ts'
import { readAskedRule } from '../asked-rule.ts'
import { optionValue, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { valueText } from '../name-record.ts'
import { showDerivedTraits } from '../show-derived-traits.ts'
import { showRuleTree } from '../show-rule-tree.ts'
import { showSegmentExplanation } from '../show-segment-explanation.ts'
import type { Terminal } from '../terminal.ts'
import { withClient } from '../with-client.ts'

/**
 * Says why a person is, or is not, in a sync's audience, from source record to the platform's words; or in a segment, saved or not,
 * part by part of its rule.
 */
export const explain: CommandAction = async (context, input) => {
  const person = input.arguments['person'] ?? ''
  const asOf = optionValue(input, 'as-of')
  const asked = await readAskedRule({
    target: input.arguments['target'],
    rule: optionValue(input, 'rule'),
    currentFolder: context.currentFolder,
    act: 'affluent explain',
  })
  const body = { ...asked, person, ...(asOf !== undefined && { asOf: readInstant(asOf, context.clock) }) }
  const explained = await withClient(context, 'explain', (hub) => hub.ask(explainPerson, { body }))
  if (explained.kind === 'sync') showSyncExplanation(context.terminal, person, explained)
  else {
    const { kind: _kind, ...told } = explained
    context.terminal.document('segment_explanation', told)
    showSegmentExplanation(context.terminal, { person, segment: told.segment }, told)
  }
  return exitCode.done
}

function showSyncExplanation(terminal: Terminal, person: string, explanation: SyncExplanationDocument): void {
  const { kind: _kind, ...told } = explanation
  const known = Object.entries(told).filter(([, value]) => value !== null)
  terminal.document('explanation', { ...Object.fromEntries(known), sync: explanation.sync.name })
  showVerdict(terminal, person, explanation)
  showProfile(terminal, explanation)
  showRule(terminal, explanation)
  showConsent(terminal, explanation)
  showDelivery(terminal, explanation)
}

function showVerdict(
  terminal: Terminal,
  person: string,
  { sync, isIn, verdict }: SyncExplanationDocument,
): void {
  const { t } = terminal.translator
  const { audience } = sync.destination
  const line = t(isIn ? 'explain.is_in' : 'explain.is_not_in', { person, audience, sync: sync.name })
  terminal.say(
    `${terminal.style('bold', line)} ${t(`explain.because.${verdict}`, { segment: sync.segment })}`,
  )
}

function showProfile(terminal: Terminal, { profile }: SyncExplanationDocument): void {
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

function showRule(terminal: Terminal, { sync, memberSince, rule, asOf }: SyncExplanationDocument): void {
  const { t } = terminal.translator
  const heading =
    memberSince === null
      ? t('explain.segment_out', { segment: sync.segment })
      : t('explain.segment_in', { segment: sync.segment, date: terminal.instant(memberSince) })
  terminal.say()
  terminal.say(heading)
  terminal.say(`  ${t('explain.rule', { date: terminal.instant(asOf) })}`)
  showRuleTree(terminal, rule, 1)
}

function showConsent(terminal: Terminal, { suppressed, consents }: SyncExplanationDocument): void {
  const { t } = terminal.translator
  terminal.say()
  if (suppressed) terminal.say(t('explain.suppressed'))
  if (consents === null) terminal.say(t('explain.consent_unmapped'))
  else if (consents === 'not_required') terminal.say(t('explain.consent_not_required'))
  else {
    for (const { purpose, channel, status } of consents) {
      terminal.say(t('explain.consent', { purpose, channel, status: t(`explain.${status}`) }))
    }
  }
}

function showDelivery(
  terminal: Terminal,
  { matchFields, delivery, waitingRun }: SyncExplanationDocument,
): void {
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

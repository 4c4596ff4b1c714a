import type { DeadIdentifier, JoinReason, PersonView } from '../../../core/port/identity-store.ts'
import { findProfile, type PersonDocument } from '../../api/contract/profile.ts'
import type { CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { nameRecord, valueText } from '../name-record.ts'
import { showDerivedTraits } from '../show-derived-traits.ts'
import { showSpans } from '../show-spans.ts'
import type { Terminal } from '../terminal.ts'
import { withClient } from '../with-client.ts'

/** Shows one person from source record to audience: values with their origin, records, why they are together, segments, audiences. */
export const profilesShow: CommandAction = async (context, input) => {
  const { terminal } = context
  const person = input.arguments['person'] ?? ''
  const view = await withClient(context, 'profiles show', (hub) => hub.ask(findProfile, { body: { person } }))
  terminal.document('profile', { ...view })
  showValues(terminal, view)
  showRecords(terminal, view)
  showPlaces(terminal, view)
  showWarnings(terminal, view)
  return exitCode.done
}

function heading(terminal: Terminal, key: string): void {
  terminal.say()
  terminal.say(terminal.style('bold', terminal.translator.t(key)))
}

function showValues(terminal: Terminal, { profile, derivedTraits }: PersonDocument): void {
  const { t } = terminal.translator
  terminal.say(terminal.style('bold', t('profiles.title', { profile: profile.profileId })))
  for (const identifier of profile.identifiers)
    terminal.say(
      `  ${t('profiles.value', { name: identifier.kind, value: valueText(identifier.value), record: nameRecord(identifier), date: terminal.instant(identifier.versionAt) })}`,
    )
  for (const [trait, proven] of Object.entries(profile.traits))
    terminal.say(
      `  ${t('profiles.value', { name: trait, value: valueText(proven.value), record: nameRecord(proven), date: terminal.instant(proven.versionAt) })}`,
    )
  showDerivedTraits(terminal, derivedTraits)
  for (const { purpose, channel, status } of profile.consents)
    terminal.say(`  ${t('explain.consent', { purpose, channel, status: t(`explain.${status}`) })}`)
  const { events } = profile
  terminal.say(`  ${t('counts.events', { count: events, number: terminal.number(events) })}`)
}

function showRecords(terminal: Terminal, { records, reasons }: PersonView): void {
  const { t } = terminal.translator
  heading(terminal, 'profiles.records')
  for (const record of records)
    terminal.say(`  ${nameRecord(record)}${record.deleted ? ` (${t('profiles.deleted')})` : ''}`)
  if (records.length < 2) return
  heading(terminal, 'profiles.why')
  for (const reason of reasons) terminal.say(`  ${describeReason(terminal, reason)}`)
}

function describeReason(terminal: Terminal, { left, right, by, kind, value, weight }: JoinReason): string {
  return terminal.translator.t(`profiles.reasons.${by}`, {
    left: nameRecord(left),
    right: nameRecord(right),
    kind: kind ?? '',
    value: value ?? '',
    weight: terminal.number(weight ?? 0, 1),
  })
}

function showPlaces(terminal: Terminal, { segments, syncs, left }: PersonDocument): void {
  const { t } = terminal.translator
  heading(terminal, 'profiles.segments')
  if (segments.length === 0) terminal.say(`  ${t('profiles.no_segment')}`)
  for (const { segment, since } of segments)
    terminal.say(`  ${t('profiles.segment', { segment, date: terminal.instant(since) })}`)
  if (left.length > 0) heading(terminal, 'profiles.left')
  showSpans(terminal, left)
  heading(terminal, 'profiles.audiences')
  if (syncs.length === 0) terminal.say(`  ${t('profiles.no_audience')}`)
  for (const { sync, at } of syncs)
    terminal.say(`  ${t('profiles.audience', { sync, date: terminal.instant(at) })}`)
}

function showWarnings(terminal: Terminal, { dead, lookalikes }: PersonView): void {
  const mark = terminal.style('yellow', '!')
  const { t } = terminal.translator
  if (dead.length + lookalikes.length > 0) terminal.say()
  for (const one of dead) terminal.say(`${mark} ${describeDead(terminal, one)}`)
  for (const { addresses } of lookalikes) {
    const shown = addresses.map(({ address, profileId }) => `${address} (${profileId})`).join(', ')
    terminal.say(`${mark} ${t('profiles.lookalike', { addresses: shown })}`)
  }
}

const describeDead = (terminal: Terminal, { kind, value, reason, holders }: DeadIdentifier): string =>
  terminal.translator.t(`profiles.dead.${reason}`, { kind, value, number: terminal.number(holders) })

import { isDeepStrictEqual } from 'node:util'
import type { IdentityChange } from '../../core/port/identity-store.ts'
import type { ChangeDocument } from '../api/contract/identity.ts'
import { nameRecord, valueText } from './name-record.ts'
import type { Terminal } from './terminal.ts'

type Placed = IdentityChange['after'][number]

/** What a merge or an unmerge changes: who has which records, which values win, which segments and audiences change. */
export function showIdentityChange(terminal: Terminal, change: ChangeDocument): void {
  const { t } = terminal.translator
  terminal.say(
    terminal.style(
      'bold',
      t('profiles.change.title', { before: listIds(change.before), after: listIds(change.after) }),
    ),
  )
  for (const person of change.after) showOutcome(terminal, person, change.before)
  showSegments(terminal, change)
  showAudiences(terminal, change)
}

const listIds = (people: readonly Placed[]): string =>
  people.map(({ profile }) => profile.profileId).join(', ')

function showOutcome(terminal: Terminal, { profile }: Placed, before: readonly Placed[]): void {
  const { t } = terminal.translator
  terminal.say()
  terminal.say(terminal.style('bold', profile.profileId))
  for (const record of profile.sourceRecords)
    terminal.say(`  ${t('profiles.change.record', { record: nameRecord(record) })}`)
  for (const [trait, won] of Object.entries(profile.traits)) {
    const rest = before.flatMap((person) => {
      const value = person.profile.traits[trait]
      return value && !isDeepStrictEqual(value.value, won.value) ? [value] : []
    })
    const told = { trait, value: valueText(won.value), record: nameRecord(won) }
    terminal.say(`  ${t('profiles.change.trait', told)}`)
    for (const lost of rest)
      terminal.say(
        terminal.style(
          'dim',
          `    ${t('profiles.change.instead', { value: valueText(lost.value), record: nameRecord(lost) })}`,
        ),
      )
  }
  for (const { purpose, channel, status } of profile.consents)
    terminal.say(`  ${t('explain.consent', { purpose, channel, status: t(`explain.${status}`) })}`)
}

const membersOf = (people: readonly Placed[], segment: string): string[] =>
  people.flatMap((person) =>
    person.segments.some((one) => one.segment === segment) ? [person.profile.profileId] : [],
  )

function showSegments(terminal: Terminal, { before, after }: IdentityChange): void {
  const { t } = terminal.translator
  const names = new Set(
    [...before, ...after].flatMap(({ segments }) => segments.map(({ segment }) => segment)),
  )
  const changed = [...names].flatMap((segment) => {
    const [former, current] = [membersOf(before, segment), membersOf(after, segment)]
    return isDeepStrictEqual(former, current) ? [] : [{ segment, former, current }]
  })
  terminal.say()
  terminal.say(terminal.style('bold', t('profiles.segments')))
  if (changed.length === 0) terminal.say(`  ${t('profiles.change.no_segment')}`)
  for (const { segment, former, current } of changed)
    terminal.say(
      `  ${t('profiles.change.members', { name: segment, before: nobody(terminal, former), after: nobody(terminal, current) })}`,
    )
}

function showAudiences(terminal: Terminal, { audiences }: ChangeDocument): void {
  const { t } = terminal.translator
  terminal.say(terminal.style('bold', t('profiles.audiences')))
  if (audiences.length === 0) terminal.say(`  ${t('profiles.change.no_audience')}`)
  for (const { sync, held, wanted } of audiences)
    terminal.say(
      `  ${t('profiles.change.members', { name: sync, before: nobody(terminal, held), after: nobody(terminal, wanted) })}`,
    )
}

const nobody = ({ translator: { t } }: Terminal, ids: readonly string[]): string =>
  ids.length === 0 ? t('profiles.change.nobody') : ids.join(', ')

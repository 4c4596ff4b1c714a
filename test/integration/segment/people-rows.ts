import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { Person, Value } from '../../../core/segment/person.ts'
import { consentColumn, propertyColumn, traitColumn } from '../../../hub-server/warehouse/tables.ts'

/** Column → value as rules hold it; columns that are not named are null. */
export type PersonRow = Readonly<Record<string, Value | undefined>>

/** People as rows of the tables that rules read; `record_identifier` holds every identifier. The first person has profile id 1. */
export interface PeopleRows {
  readonly profile: readonly PersonRow[]
  readonly event: readonly PersonRow[]
  readonly record_trait: readonly PersonRow[]
  readonly record_identifier: readonly PersonRow[]
  readonly delivery: readonly PersonRow[]
}

/** Syncs that hold people, as far as the platform acknowledged. */
const syncs = ['to-ads', 'to-mail']

/** Two records a person, so that identifiers are spread over records whose ids are not the person's. */
const secondRecord = 100_000n

/** Rows of these people under a profile schema. */
export function toPeopleRows(people: readonly Person[], schema: ProfileSchema): PeopleRows {
  const numbered = people.map((person, index) => ({ person, id: BigInt(index + 1) }))
  return {
    profile: numbered.map(({ person, id }) => ({ profile_id: id, ...profileRow(person, schema) })),
    record_trait: numbered.flatMap(({ id }) => [
      { record_id: id, profile_id: id, deleted: false },
      { record_id: id + secondRecord, profile_id: id, deleted: false },
    ]),
    record_identifier: numbered.flatMap(({ person, id }) =>
      Object.entries(person.identifiers).flatMap(([kind, values]) =>
        values.map((value, index) => ({ record_id: index % 2 === 0 ? id : id + secondRecord, kind, value })),
      ),
    ),
    delivery: numbered.flatMap(({ person, id }) =>
      syncs.map((sync) => ({ sync, profile_id: id, held: person.audiences?.has(sync) === true })),
    ),
    event: numbered.flatMap(({ person, id }) =>
      person.events.map(({ messageId, name, time, properties }) => ({
        message_id: messageId,
        record_id: id,
        profile_id: id,
        name,
        time,
        ...Object.fromEntries(
          Object.entries(properties).map(([property, value]) => [propertyColumn(property), value]),
        ),
      })),
    ),
  }
}

function profileRow(person: Person, schema: ProfileSchema): PersonRow {
  const traits = Object.keys(schema.traits).map((trait) => [traitColumn(trait), person.traits[trait]])
  const consents = Object.entries(schema.consents).flatMap(([purpose, { channels }]) =>
    channels.map((channel) => [consentColumn(purpose, channel), person.consents[`${purpose}.${channel}`]]),
  )
  return Object.fromEntries([...traits, ...consents])
}

import { DuckDBListValue, type DuckDBValue } from '@duckdb/node-api'
import type { ProfileSchema, TraitType } from '../../../core/profile/profile-schema.ts'
import { consentKey, type Person, type PersonEvent, type Value } from '../../../core/segment/person.ts'
import { quoteName } from '../../../core/sql/dialect.ts'
import { duckdbDialect } from '../../../core/sql/dialects/duckdb.ts'
import type { DuckDb, Row } from '../duckdb.ts'
import { readHeld } from '../profile/few-records.ts'
import { consentColumn, propertyColumn, traitColumn } from '../tables.ts'
import { toDuckDb } from './bound-values.ts'

/**
 * Reads all that rules can ask about one profile, except its memberships and its ranks. Undefined when there is no such profile. `events` names the
 * events to read, so that a person with a long history costs no more than the rules need.
 */
export async function readPerson(
  duckdb: DuckDb,
  schema: ProfileSchema,
  request: { readonly profileId: bigint; readonly events: ReadonlySet<string> },
): Promise<Person | undefined> {
  const { profileId } = request
  const traits = Object.entries(schema.traits).map(([trait, { type }]) => ({
    name: trait,
    select: readable(traitColumn(trait), type),
  }))
  const consents = Object.entries(schema.consents).flatMap(([purpose, { channels }]) =>
    channels.map((channel) => ({
      name: consentKey(purpose, channel),
      select: quote(consentColumn(purpose, channel)),
    })),
  )
  const columns = [...traits, ...consents].map(({ select }, index) => `${select} AS c${index}`)
  const row = await duckdb.one(
    `SELECT ${['profile_id', ...columns].join(', ')} FROM profile WHERE profile_id = ${profileId}`,
  )
  if (!row) return undefined
  const states = consents.map(({ name }, index): [string, 'granted' | 'denied' | undefined] => {
    const state = row[`c${traits.length + index}`]
    return [name, state === 'granted' || state === 'denied' ? state : undefined]
  })
  return {
    traits: Object.fromEntries(traits.map(({ name }, index) => [name, toValue(row[`c${index}`])])),
    consents: Object.fromEntries(states),
    identifiers: await readIdentifiers(duckdb, profileId),
    events: await readEvents(duckdb, schema, request),
    segments: new Set(),
    profileId,
    audiences: await readAudiences(duckdb, profileId),
  }
}

/** Dates and instants leave DuckDB as whole numbers, as rules count them. */
function readable(column: string, type: TraitType): string {
  if (type === 'date') return `date_diff('day', DATE '1970-01-01', ${quote(column)})`
  return type === 'datetime' ? `epoch_us(${quote(column)})` : quote(column)
}

function quote(name: string): string {
  return toDuckDb(quoteName(duckdbDialect, name)).text
}

function toValue(value: DuckDBValue | undefined): Value | undefined {
  if (value === null || value === undefined) return undefined
  if (value instanceof DuckDBListValue) return value.items.map(String)
  return typeof value === 'object' ? undefined : value
}

async function readIdentifiers(duckdb: DuckDb, profileId: bigint): Promise<Record<string, string[]>> {
  const living = await duckdb.all<{ record_id: bigint }>(
    `SELECT record_id FROM record_trait WHERE profile_id = ${profileId} AND NOT deleted`,
  )
  const held = await readHeld(
    duckdb,
    living.map(({ record_id: id }) => id),
  )
  const byKind = Map.groupBy([...held.values()].flat(), ({ kind }) => kind)
  return Object.fromEntries(
    [...byKind].map(([kind, found]) => [kind, [...new Set(found.map(({ value }) => value))].toSorted()]),
  )
}

/** Syncs whose audience holds the person, as far as the platforms acknowledged. */
async function readAudiences(duckdb: DuckDb, profileId: bigint): Promise<ReadonlySet<string>> {
  const rows = await duckdb.all<{ sync: string }>(
    `SELECT DISTINCT sync FROM delivery WHERE profile_id = ${profileId} AND held`,
  )
  return new Set(rows.map(({ sync }) => sync))
}

async function readEvents(
  duckdb: DuckDb,
  schema: ProfileSchema,
  { profileId, events }: { readonly profileId: bigint; readonly events: ReadonlySet<string> },
): Promise<PersonEvent[]> {
  const types = new Map(Object.values(schema.events).flatMap(({ properties }) => Object.entries(properties)))
  const properties = [...types].map(([property, type]) => ({ property, type }))
  const columns = properties.map(
    ({ property, type }, index) => `${readable(propertyColumn(property), type)} AS c${index}`,
  )
  const found: PersonEvent[] = []
  for (const name of events) {
    const rows = await duckdb.all<Row & { message_id: string; time_us: bigint }>(
      `SELECT ${['message_id', 'epoch_us(time) AS time_us', ...columns].join(', ')}
       FROM event WHERE profile_id = ${profileId} AND name = $1`,
      [name],
    )
    for (const row of rows) {
      const values = properties.map(({ property }, index) => [property, toValue(row[`c${index}`])])
      found.push({
        messageId: row.message_id,
        name,
        time: row.time_us,
        properties: Object.fromEntries(values),
      })
    }
  }
  return found
}

import { DuckDBListValue, type DuckDBValue } from '@duckdb/node-api'
import type { ProfileSchema, TraitType } from '../../../core/profile/profile-schema.ts'
import type { AskedFacts } from '../../../core/segment/asked-facts.ts'
import { consentKey, type Person, type PersonEvent, type Value } from '../../../core/segment/person.ts'
import { quoteName } from '../../../core/sql/dialect.ts'
import { duckdbDialect } from '../../../core/sql/dialects/duckdb.ts'
import type { DuckDb, Row } from '../duckdb.ts'
import { ofRecords } from '../profile/few-records.ts'
import { consentColumn, propertyColumn, traitColumn } from '../tables.ts'
import { textSql } from '../text-sql.ts'
import { toDuckDb } from './bound-values.ts'

/** Whom rules ask about, and what of them beside the profile's own row: the names of the events, and whether identifiers and audiences. */
export interface PersonQuestion extends Pick<AskedFacts, 'names' | 'asksIdentifiers' | 'audiences'> {
  readonly profileId: bigint
}

/** Reads what rules ask about one profile, except its memberships and its ranks. Undefined when there is no such profile. */
export async function readPerson(
  duckdb: DuckDb,
  schema: ProfileSchema,
  question: PersonQuestion,
): Promise<Person | undefined> {
  const { profileId, asksIdentifiers, audiences } = question
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
    identifiers: asksIdentifiers ? await readIdentifiers(duckdb, profileId) : {},
    events: await readEvents(duckdb, schema, question),
    segments: new Set(),
    profileId,
    audiences: audiences.size > 0 ? await readAudiences(duckdb, profileId) : new Set(),
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
  if (living.length === 0) return {}
  const held = ofRecords(
    'every_identifier',
    living.map(({ record_id: id }) => id),
  )
  const rows = await duckdb.all<{ kind: string; value: string }>(`SELECT DISTINCT kind, value FROM (${held})`)
  return Object.fromEntries(
    [...Map.groupBy(rows, ({ kind }) => kind)].map(([kind, found]) => [
      kind,
      found.map(({ value }) => value).toSorted(),
    ]),
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
  { profileId, names }: PersonQuestion,
): Promise<PersonEvent[]> {
  if (names.size === 0) return []
  const types = new Map(Object.values(schema.events).flatMap(({ properties }) => Object.entries(properties)))
  const properties = [...types].map(([property, type]) => ({ property, type }))
  const columns = properties.map(
    ({ property, type }, index) => `${readable(propertyColumn(property), type)} AS c${index}`,
  )
  const rows = await duckdb.all<Row & { message_id: string; name: string; time_us: bigint }>(
    `SELECT ${['message_id', 'name', 'epoch_us(time) AS time_us', ...columns].join(', ')}
     FROM event WHERE profile_id = ${profileId} AND name IN (${[...names].map(textSql).join(', ')})`,
  )
  return rows.map((row) => {
    const values = properties.map(({ property }, index) => [property, toValue(row[`c${index}`])])
    return {
      messageId: row.message_id,
      name: row.name,
      time: row.time_us,
      properties: Object.fromEntries(values),
    }
  })
}

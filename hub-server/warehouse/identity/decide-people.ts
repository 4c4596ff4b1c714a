import { BIGINT, DuckDBTimestampValue, TIMESTAMP, VARCHAR } from '@duckdb/node-api'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type {
  IdentityChange,
  PersonPlaces,
  RecordName,
  ToldProfile,
} from '../../../core/port/identity-store.ts'
import type { DuckDb } from '../duckdb.ts'
import { findProfile } from '../profile/find-profile.ts'
import { resolveAgain, type IdentityContext } from './resolve-again.ts'
import { numberOf, readPlaces, readRecords, type ProfileRecord } from './show-person.ts'

type Verdict = 'merge' | 'split'

/**
 * Makes two profiles one. Whoever said before that they are two is overruled. A second merge of the same two, by former ids perhaps,
 * is refused (`identity.same_profile`): there is nothing to do.
 */
export async function mergePeople(
  context: IdentityContext,
  people: readonly [string, string],
  settle: () => Promise<void>,
): Promise<IdentityChange> {
  return context.duckdb.transaction(async () => {
    const [one, other] = [await requireProfile(context, people[0]), await requireProfile(context, people[1])]
    if (one.profileId === other.profileId)
      throw new AffluentError('identity.same_profile', {
        act: 'affluent profiles merge',
        profile: one.profileId,
      })
    const before = [await placed(context.duckdb, one), await placed(context.duckdb, other)]
    const [left, right] = [
      await readRecords(context, one.profileId),
      await readRecords(context, other.profileId),
    ]
    await forget(context.duckdb, 'split', left, right)
    await remember(context, 'merge', [lasting(left)], [lasting(right)])
    await resolveAgain(context, [numberOf(one.profileId), numberOf(other.profileId)])
    await settle()
    return { before, after: await readAfter(context, [...left, ...right]) }
  })
}

/**
 * Takes records out of a profile, for good: each of them is kept apart from each that stays, whatever they share. Both sides come out
 * as their source records make them, with their events and consents.
 */
export async function unmergePerson(
  context: IdentityContext,
  { person, records }: { readonly person: string; readonly records: readonly string[] },
  settle: () => Promise<void>,
): Promise<IdentityChange> {
  return context.duckdb.transaction(async () => {
    const profile = await requireProfile(context, person)
    const all = await readRecords(context, profile.profileId)
    const out = chooseRecords(profile.profileId, all, records)
    const stay = all.filter((record) => !out.includes(record))
    const before = [await placed(context.duckdb, profile)]
    await forget(context.duckdb, 'merge', out, stay)
    // Nobody decided about who is known from events alone: with whom they go follows from what their events tell.
    const told = stay.filter(({ fromEvents }) => !fromEvents)
    await remember(context, 'split', out, told.length > 0 ? told : stay)
    await resolveAgain(context, [numberOf(profile.profileId)])
    await settle()
    return { before, after: await readAfter(context, all) }
  })
}

/** "connection/stream/external id", as `profiles show` writes it. */
const nameOf = ({ connection, stream, externalId }: RecordName): string =>
  `${connection}/${stream}/${externalId}`

/** Of two records of sources the later one goes when none is named. */
function chooseRecords(
  profile: string,
  all: readonly ProfileRecord[],
  names: readonly string[],
): ProfileRecord[] {
  const told = all.filter(({ fromEvents }) => !fromEvents)
  if (names.length === 0 && told.length === 2) return told.slice(1)
  const known = all.map(({ name }) => nameOf(name))
  const facts = { act: 'affluent profiles unmerge', known: known.slice(0, 30).join(', ') }
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new AffluentError('identity.no_such_record', { ...facts, record: unknown.slice(0, 200) })
  const out = all.filter(({ name }) => names.includes(nameOf(name)))
  if (out.length === 0 || out.length === all.length)
    throw new AffluentError('identity.choose_records', { ...facts, profile, count: all.length })
  return out
}

/** A decision names records, which keep their ids; who is known from events alone may go and come again as another one. */
function lasting(records: readonly ProfileRecord[]): ProfileRecord {
  const [first] = records
  const found = records.find(({ fromEvents, deleted }) => !fromEvents && !deleted) ?? first
  if (!found) throw new AffluentError('run.profile_unknown', { act: 'affluent profiles merge' })
  return found
}

async function requireProfile(context: IdentityContext, person: string): Promise<ToldProfile> {
  const profile = await findProfile(context.duckdb, context, person)
  if (!profile) throw new AffluentError('run.profile_unknown', { act: 'affluent profiles' })
  return profile
}

async function placed(
  duckdb: DuckDb,
  profile: ToldProfile,
): Promise<PersonPlaces & { profile: ToldProfile }> {
  return { profile, ...(await readPlaces(duckdb, profile.profileId)) }
}

/** The living profiles that some records belong to now. */
async function readAfter(
  context: IdentityContext,
  records: readonly ProfileRecord[],
): Promise<IdentityChange['after']> {
  const { duckdb } = context
  const rows = await duckdb.all<{ profile_id: bigint }>(
    `SELECT DISTINCT profile_id FROM record_trait SEMI JOIN profile USING (profile_id)
     WHERE record_id IN (SELECT unnest(from_json($1::JSON, '["BIGINT"]'))) ORDER BY profile_id`,
    [JSON.stringify(records.map(({ id }) => String(id)))],
  )
  const after: (PersonPlaces & { profile: ToldProfile })[] = []
  for (const { profile_id: id } of rows) {
    const profile = await findProfile(duckdb, context, `p_${id}`)
    if (profile) after.push(await placed(duckdb, profile))
  }
  return after
}

type RecordIds = readonly Pick<ProfileRecord, 'id'>[]

/** Withdraws what was decided, and what matching found, between two sides. */
async function forget(duckdb: DuckDb, verdict: Verdict, one: RecordIds, other: RecordIds): Promise<void> {
  const between = `((left_record IN (SELECT unnest(from_json($1::JSON, '["BIGINT"]'))) AND right_record IN (SELECT unnest(from_json($2::JSON, '["BIGINT"]'))))
    OR (left_record IN (SELECT unnest(from_json($2::JSON, '["BIGINT"]'))) AND right_record IN (SELECT unnest(from_json($1::JSON, '["BIGINT"]')))))`
  const sides = [one, other].map((side) => JSON.stringify(side.map(({ id }) => String(id))))
  await duckdb.run(`DELETE FROM identity_decision WHERE verdict = '${verdict}' AND ${between}`, sides)
  await duckdb.run(`DELETE FROM identity_review WHERE ${between}`, sides)
  if (verdict === 'merge') await duckdb.run(`DELETE FROM identity_link WHERE ${between}`, sides)
}

async function remember(
  { duckdb, clock }: IdentityContext,
  verdict: Verdict,
  one: RecordIds,
  other: RecordIds,
): Promise<void> {
  const pairs = one.flatMap((left) => other.map((right) => [left.id, right.id] as const))
  const at = new DuckDBTimestampValue(BigInt(clock.now()) * 1000n)
  await duckdb.append('identity_decision', {
    types: [BIGINT, BIGINT, VARCHAR, TIMESTAMP],
    columns: [
      pairs.map(([left, right]) => (left < right ? left : right)),
      pairs.map(([left, right]) => (left < right ? right : left)),
      pairs.map(() => verdict),
      pairs.map(() => at),
    ],
  })
}

/** Decides on one pair of records: one person or two, for good. */
export async function decidePair(
  context: IdentityContext,
  [left, right]: readonly [bigint, bigint],
  verdict: Verdict,
): Promise<void> {
  const { duckdb } = context
  await duckdb.transaction(async () => {
    await forget(duckdb, verdict === 'merge' ? 'split' : 'merge', [{ id: left }], [{ id: right }])
    await remember(context, verdict, [{ id: left }], [{ id: right }])
    const rows = await duckdb.all<{ profile_id: bigint }>(
      `SELECT profile_id FROM record_trait WHERE record_id IN ($1, $2)`,
      [left, right],
    )
    await resolveAgain(
      context,
      rows.map(({ profile_id: id }) => id),
    )
  })
}

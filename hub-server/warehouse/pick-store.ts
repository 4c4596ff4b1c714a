import { AffluentError } from '../../core/errors/affluent-error.ts'
import { eventConnection } from '../../core/manifest/event-streams.ts'
import { pickFields, pickStream } from '../../core/membership/picked-mapping.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { Pick as HandPick, PickCounts, PickStore, PickSubject } from '../../core/port/pick-store.ts'
import type { ProfileStore } from '../../core/port/profile-store.ts'
import type { Identifier } from '../../core/profile/map-identifiers.ts'
import type { ProfileSchema } from '../../core/profile/profile-schema.ts'
import type { DuckDb } from './duckdb.ts'
import { namePeople } from './pick/name-people.ts'
import { keyHash } from './profile/key-hash.ts'

export interface PickStoreOptions {
  readonly duckdb: DuckDb
  readonly schema: ProfileSchema
  readonly profiles: Pick<ProfileStore, 'writePage'>
  readonly newRunId: () => string
  readonly clock: Clock
}

/** A pick with how its person is named in the record; undefined: nobody is known yet. */
type NamedPick = HandPick & { readonly person: Identifier | undefined }

/** Picks on DuckDB: each is a source record of the built-in stream of picks, named by its id, so that it is kept once for ever. */
export function createPickStore(options: PickStoreOptions): PickStore {
  const { duckdb } = options
  let last: Promise<unknown> = Promise.resolve()
  /** One after the other: what is known must not change between the look and the writing. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const run = (): Promise<T> => duckdb.transaction(work)
    const turn = last.then(run, run)
    last = turn.catch(() => undefined)
    return turn
  }
  return {
    note: (picks) => inTurn(() => note(options, picks)),
    settle: () => inTurn(() => settle(options)),
    forget: (before) =>
      inTurn(() => duckdb.run(`DELETE FROM waiting_pick WHERE picked_at < $1`, [BigInt(before)])),
  }
}

async function note(options: PickStoreOptions, picks: readonly HandPick[]): Promise<PickCounts> {
  const { duckdb, schema } = options
  const known = await readKnown(
    duckdb,
    picks.map(({ id }) => id),
  )
  const fresh = [...new Map(picks.map((pick) => [pick.id, pick])).values()].filter(({ id }) => !known.has(id))
  if (fresh.length === 0) return { noted: 0, waiting: 0, repeated: picks.length }
  const people = await namePeople(
    duckdb,
    schema,
    fresh.map(({ subject }) => subject),
  )
  const apart = await setApart(
    duckdb,
    fresh.map((pick, index): NamedPick => ({ ...pick, person: people[index] })),
  )
  if (apart.some(({ person, subject }) => !person && 'profileId' in subject))
    throw new AffluentError('segment.pick_nameless', { act: 'picking people' })
  const named = apart.filter(({ person }) => person !== undefined)
  await write(options, named)
  await keepWaiting(
    duckdb,
    apart.filter(({ person }) => person === undefined),
  )
  return {
    noted: named.length,
    waiting: apart.length - named.length,
    repeated: picks.length - fresh.length,
  }
}

/** Ids of picks that are kept or wait. */
async function readKnown(duckdb: DuckDb, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await duckdb.all<{ id: string }>(
    `WITH asked AS (SELECT unnest(from_json($1::JSON, '["VARCHAR"]')) AS id)
     SELECT id FROM (SELECT id, ${keyHash(`'${eventConnection}'`, `'${pickStream}'`, 'id')} AS key_hash FROM asked) a
       JOIN source_record s USING (key_hash) WHERE s.external_id = a.id
     UNION SELECT id FROM asked SEMI JOIN waiting_pick USING (id)`,
    [JSON.stringify(ids)],
  )
  return new Set(rows.map(({ id }) => id))
}

/** No two picks of one person and segment at one instant, so that one of them is the last: the later one moves on by milliseconds. */
async function setApart(duckdb: DuckDb, picks: readonly NamedPick[]): Promise<NamedPick[]> {
  const rows = await duckdb.all<{ key: string }>(
    `SELECT concat_ws(chr(31), epoch_ms(version_at), fields ->> '$.segment', fields -> '$.person') AS key FROM source_record
     WHERE connection = '${eventConnection}' AND stream = '${pickStream}' AND version_at >= make_timestamp($1::BIGINT * 1000)
     UNION ALL SELECT concat_ws(chr(31), picked_at, segment, connection, stream, external_id)
     FROM waiting_pick WHERE picked_at >= $1::BIGINT`,
    [BigInt(Math.min(...picks.map(({ at }) => at)))],
  )
  const taken = new Set(rows.map(({ key }) => key))
  return picks.map((pick) => {
    let { at } = pick
    while (taken.has(momentOf(pick, at))) at += 1
    taken.add(momentOf(pick, at))
    return { ...pick, at }
  })
}

function momentOf({ segment, person, subject }: NamedPick, at: number): string {
  if (person) return [at, segment, toPersonJson(person)].join('\u001F')
  const { connection, stream, externalId } = 'profileId' in subject ? nobody : subject
  return [at, segment, connection, stream, externalId].join('\u001F')
}

const nobody = { connection: '', stream: '', externalId: '' }

const toPersonJson = ({ kind, value }: Identifier): string => JSON.stringify({ [kind]: value })

async function write(
  { profiles, newRunId, clock }: PickStoreOptions,
  picks: readonly NamedPick[],
): Promise<void> {
  if (picks.length === 0) return
  await profiles.writePage({
    stream: { connection: eventConnection, stream: pickStream },
    runId: newRunId(),
    receivedAt: clock.now(),
    records: picks.map(({ id, segment, action, at, by, person }) => ({
      externalId: id,
      versionAt: at,
      deleted: false,
      fields: {
        [pickFields.person]: person ? { [person.kind]: person.value } : {},
        [pickFields.segment]: segment,
        [pickFields.action]: action,
        [pickFields.at]: new Date(at).toISOString(),
        by,
      },
    })),
    quarantined: [],
    // What is prepared ahead keeps the warehouse to one thread until the refresh.
    refreshFollows: false,
  })
}

async function keepWaiting(duckdb: DuckDb, picks: readonly NamedPick[]): Promise<void> {
  const rows = picks.flatMap(({ id, segment, action, at, by, subject }) =>
    'profileId' in subject
      ? []
      : [{ id, segment, action, picked_at: at, picked_by: by, ...toColumns(subject) }],
  )
  if (rows.length === 0) return
  await duckdb.run(
    `INSERT INTO waiting_pick BY NAME
     SELECT unnest(from_json($1::JSON, '[{"id":"VARCHAR","segment":"VARCHAR","action":"VARCHAR","picked_at":"BIGINT","picked_by":"VARCHAR",
       "connection":"VARCHAR","stream":"VARCHAR","external_id":"VARCHAR"}]'), recursive := true)`,
    [JSON.stringify(rows)],
  )
}

const toColumns = ({
  connection,
  stream,
  externalId,
}: Exclude<PickSubject, { readonly profileId: string }>): object => ({
  connection,
  stream,
  external_id: externalId,
})

interface WaitingRow {
  readonly id: string
  readonly segment: string
  readonly action: string
  readonly at: number
  readonly by: string
  readonly connection: string
  readonly stream: string
  readonly externalId: string
}

async function settle(options: PickStoreOptions): Promise<number> {
  const { duckdb, schema } = options
  const waiting = await duckdb.all<WaitingRow>(
    `SELECT id, segment, action, picked_at::DOUBLE AS "at", picked_by AS "by", connection, stream, external_id AS "externalId"
     FROM waiting_pick ORDER BY picked_at, id`,
  )
  if (waiting.length === 0) return 0
  const picks = waiting.map(({ id, segment, action, at, by, ...subject }): HandPick => ({
    id,
    segment,
    action: action === 'picked' ? 'picked' : 'dropped',
    at,
    by,
    subject,
  }))
  const people = await namePeople(
    duckdb,
    schema,
    picks.map(({ subject }) => subject),
  )
  const named = picks
    .map((pick, index): NamedPick => ({ ...pick, person: people[index] }))
    .filter(({ person }) => person !== undefined)
  await write(options, named)
  await duckdb.run(
    `DELETE FROM waiting_pick WHERE id IN (SELECT unnest(from_json($1::JSON, '["VARCHAR"]')))`,
    [JSON.stringify(named.map(({ id }) => id))],
  )
  return named.length
}

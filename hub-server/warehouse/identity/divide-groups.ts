import { BIGINT } from '@duckdb/node-api'
import { isBlocked } from '../../../core/identity/blocked-values.ts'
import {
  divideComponent,
  type IdentityTie,
  type TiedRecords,
} from '../../../core/identity/divide-component.ts'
import type { DuckDb } from '../duckdb.ts'
import { mergeLink } from '../profile/stage-people.ts'
import type { IdentityRules } from './identity-rules.ts'

/** What a person said, then what a platform merged: both count more than any identifier, and no limit stands against them. */
const decidedRank = -2
const platformRank = -1

/**
 * Divides the components of `edge` that break a limit or hold a split pair, in place, and remembers their profiles as one group:
 * whatever touches one of them later resolves all of them again, so that no order of arrival changes the outcome. Needs `joining`.
 */
export async function divideGroups(duckdb: DuckDb, rules: IdentityRules): Promise<void> {
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE division (record_id BIGINT, profile_id BIGINT, group_id BIGINT)`,
  )
  if (await findBrokenGroups(duckdb, rules)) {
    const groups = await readGroups(duckdb, rules)
    const divided = groups.flatMap((group) => divideGroup(group, rules))
    await duckdb.append('division', {
      types: [BIGINT, BIGINT, BIGINT],
      columns: [0, 1, 2].map((column) => divided.map((row) => row[column] ?? 0n)),
    })
    await duckdb.run(`DELETE FROM edge WHERE v IN (SELECT group_id FROM division)`)
    await duckdb.run(
      `INSERT INTO edge SELECT record_id, profile_id FROM division WHERE record_id <> profile_id`,
    )
  }
  await duckdb.run(`DELETE FROM identity_group WHERE profile_id IN (SELECT profile_id FROM touched_profile)`)
  await duckdb.run(`INSERT INTO identity_group SELECT DISTINCT profile_id, group_id FROM division`)
}

/** Identifiers as the changed records tell them now, and as the others told them. */
const identifiersNow = `(FROM told_identifier UNION ALL FROM neighbour_identifier)`

/** Makes `group_member` (record_id, group_id) of the components to be divided. Returns whether there are any. */
async function findBrokenGroups(duckdb: DuckDb, { limits }: IdentityRules): Promise<boolean> {
  const splits = await duckdb.one(`SELECT 1 FROM identity_decision WHERE verdict = 'split' LIMIT 1`)
  if (limits.size === 0 && !splits) return false
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE group_member AS
    WITH suspect AS MATERIALIZED (${suspectSql(limits)})
    SELECT u AS record_id, v AS group_id FROM edge WHERE v IN (FROM suspect)
    UNION ALL SELECT DISTINCT v, v FROM edge WHERE v IN (FROM suspect)`)
  const overLimit = [...limits].map(
    ([kind, limit]) => `SELECT group_id
      FROM group_member SEMI JOIN (${mayExceedSql(kind, limit)}) USING (group_id) JOIN ${identifiersNow} USING (record_id)
      WHERE kind = '${kind}' GROUP BY group_id HAVING count(DISTINCT value) > ${limit}`,
  )
  const split = `SELECT a.group_id FROM identity_decision d JOIN group_member a ON a.record_id = d.left_record
    JOIN group_member b ON b.record_id = d.right_record WHERE d.verdict = 'split' AND a.group_id = b.group_id`
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE group_member AS
    FROM group_member SEMI JOIN (${[...overLimit, split].join(' UNION ')}) USING (group_id)`)
  return (await duckdb.one(`SELECT 1 FROM group_member LIMIT 1`)) !== undefined
}

const headOf = (record: string): string => `SELECT coalesce(e.v, d.${record}) AS group_id`

/** Groups with as many records as the lowest limit, of records with several values of a limited kind, or of a split pair: few. */
function suspectSql(limits: IdentityRules['limits']): string {
  const kinds = [...limits.keys()].map((kind) => `'${kind}'`).join(', ')
  const split = `${headOf('left_record')} FROM identity_decision d LEFT JOIN edge e ON e.u = d.left_record WHERE d.verdict = 'split'`
  if (limits.size === 0) return split
  return `SELECT v AS group_id FROM edge GROUP BY v HAVING count(*) >= ${Math.min(...limits.values())}
    UNION ${headOf('record_id')} FROM record_identifier d LEFT JOIN edge e ON e.u = d.record_id WHERE d.kind IN (${kinds})
    UNION ${split}`
}

/** Groups with more records, and further values of these, than the limit: few, as most people have two or three records. */
const mayExceedSql = (kind: string, limit: number): string => `
  SELECT group_id FROM (
    SELECT group_id FROM group_member UNION ALL
    SELECT group_id FROM group_member JOIN record_identifier USING (record_id) WHERE kind = '${kind}')
  GROUP BY group_id HAVING count(*) > ${limit}`

interface Group {
  readonly id: bigint
  /** By position: in the order of what names a record on its platform, which does not depend on the order of arrival. */
  readonly records: readonly bigint[]
  readonly tied: TiedRecords
}

interface MutableGroup {
  readonly id: bigint
  readonly records: bigint[]
  readonly ties: IdentityTie[]
  readonly identifiers: { recordId: number; kind: string; value: string }[]
  readonly splits: [number, number][]
}

async function readGroups(duckdb: DuckDb, rules: IdentityRules): Promise<Group[]> {
  const read = await readMembers(duckdb)
  await addTies(duckdb, rules, read)
  await addPairs(duckdb, rules, read)
  const limited = await duckdb.all<IdentifierRow>(limitedSql(rules))
  for (const { record_id: record, kind, value } of limited) {
    const place = read.placeOf.get(record)
    const blocked = rules.blocked.get(kind)
    if (place && !(blocked && isBlocked(value, blocked)))
      place.group.identifiers.push({ recordId: place.position, kind, value })
  }
  return [...read.groups.values()].map(({ id, records, ...rest }) => ({
    id,
    records,
    tied: { records: records.map((_, position) => position), ...rest },
  }))
}

interface ReadGroups {
  readonly groups: ReadonlyMap<bigint, MutableGroup>
  readonly placeOf: ReadonlyMap<bigint, { readonly group: MutableGroup; readonly position: number }>
}

async function readMembers(duckdb: DuckDb): Promise<ReadGroups> {
  const groups = new Map<bigint, MutableGroup>()
  const placeOf = new Map<bigint, { readonly group: MutableGroup; readonly position: number }>()
  const members = await duckdb.all<{ record_id: bigint; group_id: bigint }>(memberSql)
  for (const { record_id: record, group_id: id } of members) {
    const group = groups.get(id) ?? { id, records: [], ties: [], identifiers: [], splits: [] }
    groups.set(id, group)
    placeOf.set(record, { group, position: group.records.length })
    group.records.push(record)
  }
  return { groups, placeOf }
}

function addTie({ placeOf }: ReadGroups, records: readonly bigint[], rank: number): void {
  const places = records.flatMap((record) => placeOf.get(record) ?? [])
  places[0]?.group.ties.push({ records: places.map(({ position }) => position), rank })
}

async function addTies(duckdb: DuckDb, { ranks }: IdentityRules, read: ReadGroups): Promise<void> {
  const shared = await duckdb.all<{ kind: string; holders: string }>(sharedValueSql)
  for (const { kind, holders } of shared) {
    const rank = kind === mergeLink ? platformRank : (ranks.get(kind) ?? ranks.size)
    addTie(read, holders.split(',').map(BigInt), rank)
  }
}

async function addPairs(duckdb: DuckDb, { ranks }: IdentityRules, read: ReadGroups): Promise<void> {
  for (const { left_record: left, right_record: right, rank } of await duckdb.all<PairRow>(pairSql)) {
    if (rank !== null) {
      addTie(read, [left, right], rank < 0 ? decidedRank : ranks.size + 1 + rank)
      continue
    }
    const [one, other] = [read.placeOf.get(left), read.placeOf.get(right)]
    if (one && other && one.group === other.group) one.group.splits.push([one.position, other.position])
  }
}

interface PairRow {
  readonly left_record: bigint
  readonly right_record: bigint
  /** Below 0: a person said so; from 0: the place among the links, the heaviest first; null: to be kept apart. */
  readonly rank: number | null
}

interface IdentifierRow {
  readonly record_id: bigint
  readonly kind: string
  readonly value: string
}

/** What names a record outside: its platform's id, or the identifiers by which events know a person. */
const memberSql = `
  SELECT m.record_id, m.group_id FROM group_member m
  LEFT JOIN source_record s ON s.record_id = m.record_id LEFT JOIN event_person e ON e.record_id = m.record_id
  ORDER BY m.group_id, s.connection NULLS LAST, s.stream, s.external_id, e.connection, e.stream, e.key, m.record_id`

/** All holders of a value are in one group. */
const sharedValueSql = `
  SELECT kind, array_to_string(holders, ',') AS holders FROM joining
  WHERE holders[1] IN (SELECT record_id FROM group_member)`

/** Links are ranked by weight within themselves. */
const pairSql = `
  SELECT left_record, right_record, CASE verdict WHEN 'merge' THEN -1 END::DOUBLE AS rank
  FROM identity_decision WHERE left_record IN (SELECT record_id FROM group_member)
  UNION ALL
  SELECT left_record, right_record, 1 / (1 + exp(weight / 16)) AS rank
  FROM identity_link WHERE left_record IN (SELECT record_id FROM group_member)`

const limitedSql = ({ limits }: IdentityRules): string => `
  SELECT record_id, kind, value FROM ${identifiersNow} SEMI JOIN group_member USING (record_id)
  WHERE kind IN (${[...limits.keys(), ''].map((kind) => `'${kind}'`).join(', ')})`

/** Rows of `division`; none when the records may all stay together after all. */
function divideGroup({ id, records, tied }: Group, { limits }: IdentityRules): (readonly bigint[])[] {
  const heads = divideComponent(tied, limits)
  const smallest = new Map<number, bigint>()
  for (const [position, head] of heads) {
    const record = records[position] ?? id
    const least = smallest.get(head)
    if (least === undefined || record < least) smallest.set(head, record)
  }
  if (smallest.size === 1) return []
  return records.map((record, position) => [
    record,
    smallest.get(heads.get(position) ?? position) ?? record,
    id,
  ])
}

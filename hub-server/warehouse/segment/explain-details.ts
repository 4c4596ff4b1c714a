import type { DuckDBValue } from '@duckdb/node-api'
import type { ExplainedNode, NodeDetail } from '../../../core/port/segment-insight.ts'
import type { NodeExplanation, SegmentStore } from '../../../core/port/segment-store.ts'
import { distanceKm } from '../../../core/segment/place/distance.ts'
import { selectStandings } from '../../../core/segment/rank/rank-formula.ts'
import type { RankCondition, Rule } from '../../../core/segment/rule.ts'
import { placeInSample } from '../../../core/segment/sample-test.ts'
import { utc, type TimeZone } from '../../../core/segment/time/time-zone.ts'
import type { CompileContext } from '../../../core/segment/to-formula.ts'
import { findTimeZone } from '../../../core/segment/unknown-name.ts'
import { sql } from '../../../core/sql/sql.ts'
import type { DuckDb, DuckDbSession } from '../duckdb.ts'
import { toDuckDb } from './bound-values.ts'

interface RankedPeople {
  readonly session: DuckDbSession
  readonly context: CompileContext
}

interface Told {
  readonly duckdb: DuckDb
  /** Where people are as rules see them at the moment; needed where rules ask for ranks among them. */
  readonly people?: RankedPeople
  readonly segments: Pick<SegmentStore, 'membershipSince'>
  readonly profileId: bigint
}

/** Adds to each node what its one value does not say: the rank, the distance, since when somebody is a member or held. */
export async function addDetails(
  node: NodeExplanation,
  told: Told,
  zone: TimeZone = utc,
): Promise<ExplainedNode> {
  const below = 'time_zone' in node.rule ? findTimeZone(node.rule.time_zone) : zone
  const children: ExplainedNode[] = []
  for (const child of node.children) children.push(await addDetails(child, told, below))
  const detail = await detailOf(node, told, zone)
  return { ...node, children, ...(detail && { detail }) }
}

async function detailOf(
  { rule, value, truth }: NodeExplanation,
  told: Told,
  zone: TimeZone,
): Promise<NodeDetail | undefined> {
  if ('rank' in rule)
    return told.people && standing(rule, { ...told.people, profileId: told.profileId }, zone)
  if ('sample' in rule) return { kind: 'place', percent: placeInSample(rule, told.profileId) }
  if ('within' in rule) return { kind: 'distance', km: distance(rule, value) }
  if ('segment' in rule) {
    const since = await told.segments.membershipSince(String(told.profileId), rule.segment)
    return { kind: 'member', isMember: truth === true, since: since ?? null }
  }
  return 'audience' in rule ? { kind: 'audience', since: await heldSince(rule.audience, told) } : undefined
}

/** The value of a place is its latitude and longitude. */
function distance(
  rule: Extract<Rule, { readonly within: unknown }>,
  value: NodeExplanation['value'],
): number | null {
  const [latitude, longitude] = Array.isArray(value) ? value.map(Number) : []
  if (latitude === undefined || longitude === undefined) return null
  return Number.isNaN(latitude + longitude) ? null : distanceKm(rule.within, { latitude, longitude })
}

async function standing(
  condition: RankCondition,
  { session, context, profileId }: RankedPeople & Pick<Told, 'profileId'>,
  zone: TimeZone,
): Promise<NodeDetail> {
  const standings = selectStandings(condition, { ...context, zone })
  const { text, params } = toDuckDb(
    sql`WITH s AS (${standings}), t AS (SELECT m2, m3 FROM s LIMIT 1)
      SELECT s.m0 AS value, s.m1::DOUBLE AS place, t.m2::DOUBLE AS ranked, t.m3::DOUBLE AS most
      FROM t LEFT JOIN s ON s.profile_id = `,
  )
  const row = await session.one<Standing>(`${text} $${params.length + 1}`, [...params, profileId])
  return {
    kind: 'rank',
    rank: row?.place ?? null,
    ranked: row?.ranked ?? 0,
    most: Math.floor(row?.most ?? 0),
    value: row === undefined || row.value === null ? null : toShown(row.value),
  }
}

interface Standing {
  /** Null, as is the place, for somebody who is not ranked. */
  readonly value: DuckDBValue
  readonly place: number | null
  readonly ranked: number
  readonly most: number
}

function toShown(value: DuckDBValue): string | number {
  return typeof value === 'bigint' || typeof value === 'number' ? Number(value) : String(value)
}

async function heldSince(sync: string, { duckdb, profileId }: Told): Promise<number | null> {
  const [row] = await duckdb.read<{ since: number | null }>(
    `SELECT epoch_ms(max(acknowledged_at))::DOUBLE AS since FROM delivery WHERE sync = $1 AND profile_id = $2 AND held`,
    [sync, profileId],
  )
  return row?.since ?? null
}

import type { Connector } from '../../../core/connector/connector.ts'
import { isDeliverSync, type Workspace } from '../../../core/manifest/manifest.ts'
import type { HygieneFacts, SegmentFacts } from '../../../core/membership/hygiene.ts'
import type { SegmentStore } from '../../../core/port/segment-store.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import { segmentClosure } from '../../../core/segment/segment-order.ts'
import type { DuckDb } from '../duckdb.ts'
import { pairSegments } from './overlap.ts'

export interface HygieneRequest {
  readonly duckdb: Pick<DuckDb, 'aside' | 'read'>
  readonly segments: Pick<SegmentStore, 'states'>
  readonly workspace: Workspace
  readonly connectors: ReadonlyMap<string, Connector>
  /** Epoch milliseconds. */
  readonly now: number
}

/** Reads what hygiene is judged by: sizes, moves, overlap, and who sends what. Changes nothing. */
export async function readHygieneFacts(request: HygieneRequest): Promise<HygieneFacts> {
  const { duckdb, workspace, now } = request
  const rules = new Map([...workspace.segments].map(([name, { rule }]) => [name, rule]))
  const states = await request.segments.states(rules)
  const lastMoves = await readLastMoves(duckdb)
  const sent = sentSegments(request)
  const needed = new Set([...sent.keys()].flatMap((name) => [...segmentClosure(name, rules).keys()]))
  const segments = [...rules.keys()].map((segment): SegmentFacts => {
    const lastMoveAt = lastMoves.get(segment)
    return {
      segment,
      isDerived: segment.includes('.'),
      state: states.get(segment) ?? { standing: 'never', members: 0 },
      ...(lastMoveAt !== undefined && { lastMoveAt }),
      syncs: sent.get(segment) ?? [],
      isNeeded: needed.has(segment),
      needs: needsOf(segment, rules),
    }
  })
  const written = segments.filter(({ isDerived }) => !isDerived).map(({ segment }) => segment)
  return {
    people: await countPeople(duckdb),
    now,
    segments,
    pairs: await pairSegments(duckdb, written),
    sent: { segments: sent.size, ...(await countSent(duckdb, [...sent.keys()])) },
  }
}

function needsOf(segment: string, rules: ReadonlyMap<string, Rule>): ReadonlySet<string> {
  return new Set([...segmentClosure(segment, rules).keys()].filter((name) => name !== segment))
}

/** Segments that syncs send, with the smallest audience that each platform makes use of. */
function sentSegments({
  workspace,
  connectors,
}: HygieneRequest): ReadonlyMap<string, SegmentFacts['syncs'][number][]> {
  const sent = new Map<string, SegmentFacts['syncs'][number][]>()
  for (const sync of workspace.syncs.values()) {
    if (!isDeliverSync(sync)) continue
    const { connection, kind } = sync.destination
    const connector = connectors.get(workspace.connections.get(connection)?.connector ?? '')
    const destination = connector?.destinations.find((one) => one.kind === kind)
    const use = { sync: sync.name, connection, minimum: destination?.minimumSize ?? 0 }
    sent.set(sync.segment, [...(sent.get(sync.segment) ?? []), use])
  }
  return sent
}

async function readLastMoves(duckdb: Pick<DuckDb, 'read'>): Promise<ReadonlyMap<string, number>> {
  const rows = await duckdb.read<{ segment: string; at: number }>(
    `SELECT segment, epoch_ms(max(COALESCE(exited_at, entered_at)))::DOUBLE AS at FROM every_membership GROUP BY segment`,
  )
  return new Map(rows.map(({ segment, at }) => [segment, at]))
}

async function countPeople(duckdb: Pick<DuckDb, 'read'>): Promise<number> {
  const [row] = await duckdb.read<{ people: bigint }>(`SELECT count(*) AS people FROM profile`)
  return Number(row?.people ?? 0n)
}

async function countSent(
  duckdb: Pick<DuckDb, 'read'>,
  segments: readonly string[],
): Promise<{ readonly people: number; readonly memberships: number }> {
  const places = segments.map((_, index) => `$${index + 1}`)
  if (places.length === 0) return { people: 0, memberships: 0 }
  const [row] = await duckdb.read<{ people: bigint; memberships: bigint }>(
    `SELECT count(DISTINCT profile_id) AS people, count(*) AS memberships FROM every_membership
     WHERE exited_at IS NULL AND segment IN (${places.join(', ')})`,
    [...segments],
  )
  return { people: Number(row?.people ?? 0n), memberships: Number(row?.memberships ?? 0n) }
}

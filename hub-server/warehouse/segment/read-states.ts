import { createHash } from 'node:crypto'
import { z } from 'zod'
import { errorCodes, type ErrorCode } from '../../../core/errors/error-codes.ts'
import type { SegmentFailure, SegmentStanding, SegmentState } from '../../../core/port/segment-store.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import { segmentClosure } from '../../../core/segment/segment-order.ts'
import { createKept, type AskKept } from '../create-kept.ts'
import type { DuckDb } from '../duckdb.ts'

const failureSchema = z.object({
  code: z.string().refine((code): code is ErrorCode => Object.hasOwn(errorCodes, code)),
  params: z.record(z.string(), z.union([z.string(), z.number()])),
  since: z.number(),
  triedAt: z.number(),
})

/** A failure with the moment of the last try: one that fails is tried again now and then. */
export interface StoredFailure extends SegmentFailure {
  readonly triedAt: number
}

/** Reads `segment_state.failure`. */
export function parseFailure(text: string): StoredFailure {
  return failureSchema.parse(JSON.parse(text))
}

/** Digest of a segment's rule and of all that it refers to. */
export function digestSegment(segment: string, segments: ReadonlyMap<string, Rule>): string {
  const closure = [...segmentClosure(segment, segments)].sort(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256').update(JSON.stringify(closure)).digest('hex')
}

/** A row of `segment_state`. */
export interface StateRow {
  readonly segment: string
  readonly rule_digest: string
  readonly evaluated_at: number | null
  readonly members: bigint | null
  readonly failure: string | null
}

const select = `
  SELECT s.segment, s.rule_digest, epoch_ms(s.evaluated_at)::DOUBLE AS evaluated_at, s.failure, s.members
  FROM segment_state s`

/** Keeps where segments stand, for questions beside what is written. */
export const keepStates = (duckdb: DuckDb): AskKept<readonly StateRow[]> =>
  createKept(duckdb, ['segment_state', 'membership', 'membership_exit'])

/** Members are counted where an erasure left them unknown. */
async function readRows(duckdb: DuckDb): Promise<readonly StateRow[]> {
  const rows = await duckdb.all<StateRow>(select)
  if (rows.every(({ members }) => members !== null)) return rows
  const counted = await duckdb.all<{ segment: string; members: bigint }>(
    `SELECT segment, count(*) AS members FROM every_membership WHERE exited_at IS NULL GROUP BY segment`,
  )
  const sizes = new Map(counted.map(({ segment, members }) => [segment, members]))
  return rows.map((row) => ({ ...row, members: row.members ?? sizes.get(row.segment) ?? 0n }))
}

/** Present members of every segment that was ever evaluated, by what is committed, or inside a transaction by what that has made. */
export async function readSizes(
  duckdb: DuckDb,
  ask: AskKept<readonly StateRow[]> = keepStates(duckdb),
): Promise<ReadonlyMap<string, number>> {
  const rows = await ask('states', () => duckdb.snapshot(() => readRows(duckdb)))
  return new Map(
    rows.flatMap((row) => (row.evaluated_at === null ? [] : [[row.segment, Number(row.members ?? 0n)]])),
  )
}

/** Where each of the segments stands: by what is committed, or inside a transaction by what that has made. */
export async function readStates(
  duckdb: DuckDb,
  segments: ReadonlyMap<string, Rule>,
  ask: AskKept<readonly StateRow[]>,
): Promise<ReadonlyMap<string, SegmentState>> {
  const rows = await ask('states', () => duckdb.snapshot(() => readRows(duckdb)))
  const stored = new Map(rows.map((row) => [row.segment, row]))
  return new Map(
    [...segments.keys()].map((name) => [name, toState(stored.get(name), digestSegment(name, segments))]),
  )
}

function toState(row: StateRow | undefined, digest: string): SegmentState {
  if (!row) return { standing: 'never', members: 0 }
  const standing = standingOf(row, digest)
  return {
    standing,
    members: Number(row.members ?? 0n),
    ...(row.evaluated_at !== null && { evaluatedAt: row.evaluated_at }),
    ...(row.failure !== null && standing === 'failed' && { failure: told(parseFailure(row.failure)) }),
  }
}

const told = ({ code, params, since }: StoredFailure): SegmentFailure => ({ code, params, since })

function standingOf(row: StateRow, digest: string): SegmentStanding {
  // A failure is that of the rule it happened with: another rule has not been tried yet.
  if (row.failure !== null && row.rule_digest === digest) return 'failed'
  if (row.evaluated_at === null) return 'never'
  return row.rule_digest === digest ? 'current' : 'outdated'
}

import { DuckDBTimestampValue } from '@duckdb/node-api'
import {
  moveCauses,
  type HistoryPeriod,
  type HistoryStep,
  type HistoryStretch,
  type MembershipSpan,
  type MoveCause,
} from '../../../core/port/segment-insight.ts'
import type { DuckDb } from '../duckdb.ts'

/**
 * Memberships of a segment from $2 until before $3, those that ended where they began left out: an evaluation of the past makes such.
 * What ended later has no end yet.
 */
const spans = `SELECT profile_id, entered_at, CASE WHEN exited_at < $3 THEN exited_at END AS exited_at
  FROM every_membership
  WHERE segment = $1 AND entered_at < $3 AND (exited_at IS NULL OR (exited_at > entered_at AND exited_at >= $2))`

interface Moves {
  readonly entered: number
  readonly exited: number
  /** Members at the beginning who exited. */
  readonly left: number
  /** Those of them who are members at the end again. */
  readonly returned: number
}

const noMoves: Moves = { entered: 0, exited: 0, left: 0, returned: 0 }

/**
 * Sizes and moves of a segment, a step for each period that touches [from, to]. Moves are counted by their period in one pass; a step's
 * size follows from the one before, so that the cost does not grow with the number of periods.
 */
export async function readHistory(
  duckdb: DuckDb,
  segment: string,
  { every, from, to }: { readonly every: HistoryPeriod; readonly from: number; readonly to: number },
): Promise<HistoryStep[]> {
  const starts = periodStarts(every, from, to)
  const [first = from] = starts
  const bounds = [segment, toTimestamp(first), toTimestamp(to + 1)] as const
  const moves = await readMoves(duckdb, every, bounds)
  const [sized] = await duckdb.read<{ size: bigint }>(
    `SELECT count(*) AS size FROM (${spans}) WHERE entered_at < $2`,
    [...bounds],
  )
  let before = Number(sized?.size ?? 0n)
  return starts.map((start, index) => {
    const moved = moves.get(start) ?? noMoves
    const size = before + moved.entered - moved.exited
    const end = starts[index + 1] ?? to + 1
    const retained = before - moved.left + moved.returned
    const step = toStep({ from: start, to: end, before, size, retained }, moved)
    before = size
    return step
  })
}

/** One stretch of time as a single step, whatever its length. */
export async function compareInstants(
  duckdb: DuckDb,
  segment: string,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<HistoryStretch> {
  const [row] = await duckdb.read<Record<'before' | 'size' | 'retained' | 'entered' | 'exited', bigint>>(
    `SELECT count(*) FILTER (was) AS before, count(*) FILTER (is_now) AS size, count(*) FILTER (was AND is_now) AS retained,
       COALESCE(sum(entries), 0)::BIGINT AS entered, COALESCE(sum(exits), 0)::BIGINT AS exited
     FROM (
       SELECT profile_id, bool_or(entered_at < $2) AS was, bool_or(exited_at IS NULL) AS is_now,
         count(*) FILTER (entered_at >= $2) AS entries, count(exited_at) AS exits
       FROM (${spans}) GROUP BY profile_id
     )`,
    [segment, toTimestamp(from), toTimestamp(to + 1)],
  )
  const read = (key: 'before' | 'size' | 'retained' | 'entered' | 'exited'): number =>
    Number(row?.[key] ?? 0n)
  const [before, size, retained] = [read('before'), read('size'), read('retained')]
  const moves = { entered: read('entered'), exited: read('exited') }
  return {
    ...toStep({ from, to: to + 1, before, size, retained }, moves),
    enteredBy: await countCauses(duckdb, 'entered', [segment, toTimestamp(from), toTimestamp(to + 1)]),
    exitedBy: await countCauses(duckdb, 'exited', [segment, toTimestamp(from), toTimestamp(to + 1)]),
  }
}

async function countCauses(
  duckdb: DuckDb,
  move: 'entered' | 'exited',
  bounds: readonly [string, DuckDBTimestampValue, DuckDBTimestampValue],
): Promise<Record<MoveCause, number>> {
  const rows = await duckdb.read<{ cause: string; people: number }>(
    `SELECT COALESCE(${move}_by, 'unknown') AS cause, count(*)::DOUBLE AS people FROM every_membership
     WHERE segment = $1 AND ${move}_at >= $2 AND ${move}_at < $3 AND (exited_at IS NULL OR exited_at > entered_at)
     GROUP BY ALL`,
    [...bounds],
  )
  const counted = { data: 0, time: 0, rule: 0, unknown: 0 }
  for (const { cause, people } of rows) counted[toCause(cause)] += people
  return counted
}

const toCause = (text: string | null): MoveCause => moveCauses.find((cause) => cause === text) ?? 'unknown'

function toStep(
  {
    before,
    size,
    retained,
    ...stretch
  }: Pick<HistoryStep, 'from' | 'to' | 'size' | 'retained'> & { readonly before: number },
  { entered, exited }: Pick<Moves, 'entered' | 'exited'>,
): HistoryStep {
  const either = before + size - retained
  const jaccard = either === 0 ? null : retained / either
  return { ...stretch, size, entered, exited, retained, jaccard }
}

async function readMoves(
  duckdb: DuckDb,
  every: HistoryPeriod,
  bounds: readonly [string, DuckDBTimestampValue, DuckDBTimestampValue],
): Promise<ReadonlyMap<number, Moves>> {
  const period = (column: string): string => `date_trunc('${every}', ${column})`
  const rows = await duckdb.read<{ period: number } & Record<keyof Moves, number>>(
    `WITH span AS (${spans}),
     gone AS (
       SELECT profile_id, ${period('exited_at')} AS period FROM span
       WHERE exited_at IS NOT NULL AND entered_at < ${period('exited_at')}
     ),
     come AS (
       SELECT profile_id, ${period('entered_at')} AS period FROM span
       WHERE entered_at >= $2 AND (exited_at IS NULL OR ${period('exited_at')} > ${period('entered_at')})
     ),
     move AS (
       SELECT ${period('entered_at')} AS period, 1 AS e, 0 AS x, 0 AS l, 0 AS r FROM span WHERE entered_at >= $2
       UNION ALL SELECT ${period('exited_at')}, 0, 1, 0, 0 FROM span WHERE exited_at IS NOT NULL
       UNION ALL SELECT period, 0, 0, 1, 0 FROM gone
       UNION ALL SELECT g.period, 0, 0, 0, 1 FROM gone g JOIN come c ON c.profile_id = g.profile_id AND c.period = g.period
     )
     SELECT epoch_ms(period)::DOUBLE AS period, sum(e)::DOUBLE AS entered, sum(x)::DOUBLE AS exited,
       sum(l)::DOUBLE AS "left", sum(r)::DOUBLE AS returned
     FROM move GROUP BY ALL`,
    [...bounds],
  )
  return new Map(rows.map((row) => [row.period, row]))
}

/** All memberships of one person, the latest first. */
export async function readSpans(duckdb: DuckDb, profileId: bigint): Promise<MembershipSpan[]> {
  const rows = await duckdb.snapshot(() =>
    duckdb.all<SpanRow>(
      `SELECT segment, epoch_ms(entered_at)::DOUBLE AS since, epoch_ms(exited_at)::DOUBLE AS until, entered_by, exited_by
       FROM every_membership WHERE profile_id = ${profileId} AND (exited_at IS NULL OR exited_at > entered_at)
       ORDER BY exited_at IS NULL DESC, COALESCE(exited_at, entered_at) DESC, segment`,
    ),
  )
  return rows.map(({ segment, since, until, entered_by: enteredBy, exited_by: exitedBy }) => ({
    segment,
    since,
    enteredBy: toCause(enteredBy),
    until,
    exitedBy: until === null ? null : toCause(exitedBy),
  }))
}

interface SpanRow {
  readonly segment: string
  readonly since: number
  readonly until: number | null
  readonly entered_by: string | null
  readonly exited_by: string | null
}

/** When a segment had its first member, epoch milliseconds. */
export async function readFirstEntry(duckdb: DuckDb, segment: string): Promise<number | undefined> {
  const [row] = await duckdb.read<{ first: number | null }>(
    `SELECT epoch_ms(min(entered_at))::DOUBLE AS first FROM every_membership WHERE segment = $1`,
    [segment],
  )
  return row?.first ?? undefined
}

const toTimestamp = (at: number): DuckDBTimestampValue => new DuckDBTimestampValue(BigInt(at) * 1000n)

const dayMs = 86_400_000

/** Beginnings of the periods that touch [from, to], in UTC. */
function periodStarts(every: HistoryPeriod, from: number, to: number): number[] {
  const starts: number[] = []
  for (
    let at = startOf(every, from);
    at <= to;
    at = startOf(every, at + (every === 'month' ? 32 : every === 'week' ? 7 : 1) * dayMs)
  )
    starts.push(at)
  return starts
}

/** 1970-01-05 was a Monday. */
function startOf(every: HistoryPeriod, at: number): number {
  if (every === 'day') return Math.floor(at / dayMs) * dayMs
  if (every === 'week') return Math.floor((at - 4 * dayMs) / (7 * dayMs)) * 7 * dayMs + 4 * dayMs
  const date = new Date(at)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)
}

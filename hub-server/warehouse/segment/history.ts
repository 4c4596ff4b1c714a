import { z } from 'zod'
import {
  type HistoryPeriod,
  type HistoryStep,
  type HistoryStretch,
  type MoveCause,
  type SegmentHistory,
  type SegmentInsight,
} from '../../../core/port/segment-insight.ts'
import { createKept } from '../create-kept.ts'
import type { DuckDb } from '../duckdb.ts'
import { textSql } from '../text-sql.ts'
import { toCause } from './move-cause.ts'

/** What a history is of, as SQL: with bound values the engine looks at every row of every segment, which takes eight times as long. */
interface HistoryBounds {
  readonly memberships: 'membership' | 'every_membership'
  readonly segment: string
  readonly start: string
  readonly end: string
  /** The beginning of the whole. */
  readonly whole: string
}

/**
 * SQL for after WITH: the segment's memberships from `start` until before `end`, those that ended where they began left out: an evaluation of the
 * past makes such. `stayer`: those without an end, or with a later one, which has not come yet; `leaver`: those that ended. `alike`: how many of
 * both went alike, as nearly all questions ask no more. `theirs`: all of those who left, as whether somebody came back is asked of them alone (joined, as the
 * engine would put everybody who stayed into the hash table of a semi-join).
 */
const spansSql = ({ memberships, segment, start, end }: HistoryBounds): string => `
  stayer AS NOT MATERIALIZED (
    SELECT profile_id, entered_at, NULL::TIMESTAMP AS exited_at, entered_by FROM ${memberships}
    WHERE segment = ${segment} AND entered_at < ${end} AND (exited_at IS NULL OR (exited_at > entered_at AND exited_at >= ${end}))),
  leaver AS MATERIALIZED (
    SELECT profile_id, entered_at, exited_at, entered_by, exited_by FROM ${memberships}
    WHERE segment = ${segment} AND exited_at IS NOT NULL AND exited_at > entered_at AND exited_at >= ${start} AND exited_at < ${end}),
  alike AS MATERIALIZED (
    SELECT entered_at, NULL::TIMESTAMP AS exited_at, entered_by, NULL AS exited_by, count(*) AS people
    FROM stayer GROUP BY entered_at, entered_by
    UNION ALL SELECT entered_at, exited_at, entered_by, exited_by, 1 FROM leaver),
  theirs AS MATERIALIZED (
    SELECT profile_id, entered_at, exited_at FROM leaver
    UNION ALL SELECT profile_id, s.entered_at, s.exited_at
      FROM stayer s JOIN (SELECT DISTINCT profile_id FROM leaver) USING (profile_id))`

/**
 * What is counted, each of some people: `before` the first period, `entered` and `exited` by period and cause, `left` and `returned` of those
 * who were members at the beginning of the period. Of the whole, which begins at `whole`: `stayed` and `gone` of those who were members at its
 * beginning, `back` of those gone; `is_in_whole` tells of the others whether they count for it. `next`, of nobody: the first move since then.
 */
const countsSql = (every: HistoryPeriod, bounds: HistoryBounds): string => {
  const period = (column: string): string => `date_trunc('${every}', ${column})`
  return `WITH ${spansSql(bounds)}
    SELECT 'before' AS what, NULL::TIMESTAMP AS period, NULL::VARCHAR AS cause, false AS is_in_whole, coalesce(sum(people), 0) AS people
    FROM alike WHERE entered_at < ${bounds.start}
    UNION ALL SELECT 'entered', ${period('entered_at')}, entered_by, entered_at >= ${bounds.whole}, sum(people) FROM alike WHERE entered_at >= ${bounds.start} GROUP BY ALL
    UNION ALL SELECT 'exited', ${period('exited_at')}, exited_by, exited_at >= ${bounds.whole}, sum(people) FROM alike WHERE exited_at IS NOT NULL GROUP BY ALL
    UNION ALL SELECT 'left', ${period('exited_at')}, NULL, false, sum(people) FROM alike WHERE entered_at < ${period('exited_at')} GROUP BY ALL
    UNION ALL SELECT 'returned', period, NULL, false, count(*)
      FROM (SELECT profile_id, ${period('exited_at')} AS period FROM leaver WHERE entered_at < ${period('exited_at')})
      JOIN (SELECT profile_id, ${period('entered_at')} AS period FROM theirs
        WHERE entered_at >= ${bounds.start} AND (exited_at IS NULL OR ${period('exited_at')} > ${period('entered_at')})) USING (profile_id, period) GROUP BY ALL
    UNION ALL SELECT CASE WHEN exited_at IS NULL THEN 'stayed' ELSE 'gone' END, NULL, NULL, true, sum(people) FROM alike
      WHERE entered_at < ${bounds.whole} AND (exited_at IS NULL OR exited_at >= ${bounds.whole}) GROUP BY ALL
    UNION ALL SELECT 'back', NULL, NULL, true, count(*) FROM (FROM leaver WHERE entered_at < ${bounds.whole} AND exited_at >= ${bounds.whole})
      SEMI JOIN (FROM theirs WHERE entered_at >= ${bounds.whole} AND exited_at IS NULL) USING (profile_id)
    UNION ALL SELECT 'next', min(moved_at), NULL, false, 0
      FROM (SELECT entered_at AS moved_at FROM alike UNION ALL SELECT exited_at FROM alike) WHERE moved_at >= ${bounds.whole}`
}

const countRow = z.object({
  what: z.enum(['before', 'entered', 'exited', 'left', 'returned', 'stayed', 'gone', 'back', 'next']),
  period: z.number().nullable(),
  cause: z.string().nullable(),
  is_in_whole: z.boolean(),
  people: z.number(),
})
type CountRow = z.output<typeof countRow>

/** What was counted of a segment, and until when it holds while no membership changes. Epoch milliseconds. */
interface Counted {
  readonly rows: readonly CountRow[]
  readonly asked: Pick<HistoryAsked, 'from' | 'to'>
  /** The first move after `from`. */
  readonly next: number
  /** No move comes after `to`: what was counted holds for later ends, too. */
  readonly isAll: boolean
}

interface HistoryAsked {
  readonly every: HistoryPeriod
  readonly from: number
  readonly to: number
}

/** Histories of segments, counted anew when memberships changed, or when what moves with the clock passed one that it had not. */
export function createHistories(duckdb: DuckDb): Pick<SegmentInsight, 'history' | 'firstEntry'> {
  const askCounted = createKept<Counted>(duckdb, ['membership', 'membership_exit'])
  const askFirst = createKept<number | undefined>(duckdb, ['membership'])
  return {
    async history(segment, asked) {
      const starts = periodStarts(asked.every, asked.from, asked.to)
      const [first = asked.from] = starts
      const { rows } = await askCounted(
        JSON.stringify([segment, asked.every, first]),
        () => count(duckdb, { segment, first }, asked),
        (counted) => holdsFor(counted, asked),
      )
      return toHistory(rows, starts, asked)
    },
    firstEntry: (segment) => askFirst(segment, () => readFirstEntry(duckdb, segment)),
  }
}

const holdsFor = ({ asked, next, isAll }: Counted, { from, to }: HistoryAsked): boolean =>
  from >= asked.from && from < next && (to === asked.to || (isAll && to > asked.to))

async function count(
  duckdb: DuckDb,
  { segment, first }: { readonly segment: string; readonly first: number },
  { every, from, to }: HistoryAsked,
): Promise<Counted> {
  const name = textSql(segment)
  const end = toTimestamp(to + 1)
  return duckdb.snapshot(async () => {
    // Where no exit of it waits, the table alone tells all, at a fraction of the cost.
    const waits = await duckdb.one(`SELECT 1 FROM membership_exit WHERE segment = ${name} LIMIT 1`)
    const memberships = waits ? 'every_membership' : 'membership'
    const bounds: HistoryBounds = {
      memberships,
      segment: name,
      start: toTimestamp(first),
      end,
      whole: toTimestamp(from + 1),
    }
    const later = await duckdb.one(
      `SELECT 1 FROM ${memberships} WHERE segment = ${name} AND (entered_at >= ${end} OR exited_at >= ${end}) LIMIT 1`,
    )
    const found = await duckdb.all(
      `SELECT what, epoch_ms(period)::DOUBLE AS period, cause, is_in_whole, people::DOUBLE AS people
       FROM (${countsSql(every, bounds)})`,
    )
    const rows = found.map((row) => countRow.parse(row))
    const next = rows.find(({ what }) => what === 'next')?.period ?? Infinity
    return { rows, asked: { from, to }, next, isAll: later === undefined }
  })
}

/**
 * Sizes and moves of a segment, a step for each period that touches [from, to], and the whole of what came after `from`. A step's size follows
 * from the one before, so that the cost does not grow with the number of periods.
 */
function toHistory(
  rows: readonly CountRow[],
  starts: readonly number[],
  { from, to }: HistoryAsked,
): SegmentHistory {
  const ofPeriod = Map.groupBy(rows, ({ period }) => period)
  let before = sumOf(rows, 'before')
  const steps = starts.map((start, index) => {
    const own = ofPeriod.get(start) ?? []
    const [entered, exited] = [sumOf(own, 'entered'), sumOf(own, 'exited')]
    const size = before + entered - exited
    const retained = before - sumOf(own, 'left') + sumOf(own, 'returned')
    const stretch = { from: start, to: starts[index + 1] ?? to + 1 }
    const step = toStep({ ...stretch, before, size, retained, entered, exited })
    before = size
    return step
  })
  const whole = toWhole(
    rows.filter(({ is_in_whole: isInWhole }) => isInWhole),
    { from: from + 1, to: to + 1 },
  )
  return { steps, whole }
}

const sumOf = (rows: readonly CountRow[], what: CountRow['what']): number =>
  rows.reduce((sum, row) => (row.what === what ? sum + row.people : sum), 0)

function toWhole(rows: readonly CountRow[], stretch: Pick<HistoryStep, 'from' | 'to'>): HistoryStretch {
  const [stayed, entered, exited] = [sumOf(rows, 'stayed'), sumOf(rows, 'entered'), sumOf(rows, 'exited')]
  const before = stayed + sumOf(rows, 'gone')
  const size = before + entered - exited
  const retained = stayed + sumOf(rows, 'back')
  return {
    ...toStep({ ...stretch, before, size, retained, entered, exited }),
    enteredBy: countCauses(rows, 'entered'),
    exitedBy: countCauses(rows, 'exited'),
  }
}

function countCauses(rows: readonly CountRow[], move: 'entered' | 'exited'): Record<MoveCause, number> {
  const counted = { data: 0, time: 0, rule: 0, unknown: 0 }
  for (const { what, cause, people } of rows) if (what === move) counted[toCause(cause)] += people
  return counted
}

function toStep({
  before,
  ...step
}: Omit<HistoryStep, 'jaccard'> & { readonly before: number }): HistoryStep {
  const either = before + step.size - step.retained
  return { ...step, jaccard: either === 0 ? null : step.retained / either }
}

/** When a segment had its first member, epoch milliseconds. */
async function readFirstEntry(duckdb: DuckDb, segment: string): Promise<number | undefined> {
  const [row] = await duckdb.read<{ first: number | null }>(
    `SELECT epoch_ms(min(entered_at))::DOUBLE AS first FROM membership WHERE segment = ${textSql(segment)}`,
  )
  return row?.first ?? undefined
}

/** SQL of an instant. */
const toTimestamp = (at: number): string => `make_timestamp(${BigInt(at) * 1000n})`

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

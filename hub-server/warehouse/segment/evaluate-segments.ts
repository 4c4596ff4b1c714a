import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { SegmentReport } from '../../../core/port/segment-store.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import { orderSegments, segmentClosure } from '../../../core/segment/segment-order.ts'
import type { CompileContext } from '../../../core/segment/to-formula.ts'
import type { DuckDb } from '../duckdb.ts'
import { evaluateScope, type EvaluationOrder, type EvaluationResult } from './evaluate-scope.ts'
import { fillEvaluationTables } from './evaluation-tables.ts'
import { forgetSeats } from './kept-seats.ts'
import { digestSegment, parseFailure, readSizes, type StoredFailure } from './read-states.ts'
import { createTimeLimit, toEvaluationError } from './time-limit.ts'
import { noteFailure } from './write-states.ts'

/** What segments are evaluated with. */
export interface EvaluationGround {
  readonly duckdb: DuckDb
  /** How long one segment alone may take, milliseconds. All together may take a tenth of it more for each. */
  readonly limitMs: number
}

type Order = Omit<EvaluationOrder, 'evaluated'>

/**
 * Evaluates segments together. When that fails or takes too long, each is tried alone: those at fault keep their memberships and say
 * why, with all that refer to them, and the others are evaluated without them. Inside another transaction, as a dry run has it open, the
 * same limit holds and the error is thrown: what that transaction made is seen by nobody who could look for the one at fault.
 */
export async function evaluateSegments(ground: EvaluationGround, order: Order): Promise<EvaluationResult> {
  const { duckdb } = ground
  if (duckdb.isInside())
    return withinLimit(ground, order.segments.size, () =>
      evaluateScope(duckdb, { ...order, evaluated: order.segments }),
    )
  const known = await retryFailed(ground, order)
  try {
    return await withFailures(ground, await evaluateTogether(ground, order, known), known)
  } catch (thrown) {
    const names = [...order.segments.keys()]
    const found = await findFailing(ground, order, { names, failed: known })
    if (found.size === 0) throw thrown
    const failed = new Map([...known, ...found])
    return withFailures(ground, await evaluateTogether(ground, order, failed), failed)
  }
}

type Failures = ReadonlyMap<string, StoredFailure>

function evaluateTogether(
  ground: EvaluationGround,
  order: Order,
  failed: Failures,
): Promise<EvaluationResult> {
  const { duckdb } = ground
  const evaluated = new Map([...order.segments].filter(([name]) => !failed.has(name)))
  return withinLimit(ground, evaluated.size, async () => {
    const result = await evaluateScope(duckdb, { ...order, evaluated })
    for (const [segment, failure] of failed)
      await noteFailure(duckdb, { segment, digest: digestSegment(segment, order.segments) }, failure)
    return result
  })
}

/** Runs an evaluation of so many segments in a transaction, and interrupts it at their limit. */
async function withinLimit(
  { duckdb, limitMs }: EvaluationGround,
  segments: number,
  work: () => Promise<EvaluationResult>,
): Promise<EvaluationResult> {
  const most = limitMs + (segments * limitMs) / 10
  const limit = createTimeLimit(most)
  try {
    return await duckdb.transaction(async () => {
      limit.start()
      const result = await work()
      limit.signal.throwIfAborted()
      return result
    }, limit.signal)
  } catch (thrown) {
    // A commit that failed, as on a full disk, may have kept what it holds in temporary tables.
    if (!duckdb.isInside()) await forgetSeats(duckdb)
    throw limit.signal.aborted ? toEvaluationError(thrown, limit, most) : thrown
  } finally {
    limit.stop()
  }
}

/** How long a segment that failed is left alone before it is tried again. */
const retryAfterMs = 3_600_000

/** Segments that failed with this very rule before do not hold the others up: they are tried alone, and only now and then. */
async function retryFailed(ground: EvaluationGround, order: Order): Promise<Failures> {
  const before = await readFailed(ground.duckdb, order.segments)
  const { asOf } = order.context
  const due = [...before].flatMap(([segment, { triedAt }]) =>
    order.scope === 'everybody' || Math.abs(asOf - triedAt) >= retryAfterMs ? [segment] : [],
  )
  if (due.length === 0) return before
  const again = await findFailing(ground, order, { names: [...before.keys()], failed: new Map() })
  return new Map(
    [...again].map(([segment, failure]) => [
      segment,
      { ...failure, since: before.get(segment)?.since ?? failure.since },
    ]),
  )
}

async function readFailed(duckdb: DuckDb, segments: ReadonlyMap<string, Rule>): Promise<Failures> {
  const rows = await duckdb.all<{ segment: string; rule_digest: string; failure: string }>(
    `SELECT segment, rule_digest, failure FROM segment_state WHERE failure IS NOT NULL`,
  )
  return new Map(
    rows.flatMap(({ segment, rule_digest: digest, failure }) =>
      segments.has(segment) && digest === digestSegment(segment, segments)
        ? [[segment, parseFailure(failure)] as const]
        : [],
    ),
  )
}

/** Tries segments alone, in order of dependence. Who refers to one that fails, fails with it. */
async function findFailing(
  ground: EvaluationGround,
  { segments, context }: Order,
  { names, failed }: { readonly names: readonly string[]; readonly failed: Failures },
): Promise<Failures> {
  const failing = new Map(failed)
  for (const name of orderSegments(segments).flat()) {
    if (failing.has(name)) continue
    const closure = segmentClosure(name, segments)
    const culprit = [...closure.keys()].find((each) => failing.has(each))
    const error = culprit
      ? new AffluentError('segment.rests_on_failed', { act: 'evaluating a segment', name: culprit })
      : names.includes(name)
        ? await tryAlone(ground, closure, context)
        : undefined
    if (!error) continue
    const { asOf } = context
    failing.set(name, { code: error.code, params: error.params, since: asOf, triedAt: asOf })
  }
  for (const name of failed.keys()) failing.delete(name)
  return failing
}

/** Evaluates one segment, and those that it refers to, to see whether it can be, without writing anything. */
async function tryAlone(
  { duckdb, limitMs }: EvaluationGround,
  closure: ReadonlyMap<string, Rule>,
  context: CompileContext,
): Promise<AffluentError | undefined> {
  const limit = createTimeLimit(limitMs)
  limit.start()
  try {
    await duckdb.aside((session) => fillEvaluationTables(session, closure, context), limit.signal)
    return undefined
  } catch (thrown) {
    return toEvaluationError(thrown, limit, limitMs)
  } finally {
    limit.stop()
  }
}

/** The failing ones are told beside the others, with as many members as before. */
async function withFailures(
  { duckdb }: EvaluationGround,
  result: EvaluationResult,
  failures: Failures,
): Promise<EvaluationResult> {
  if (failures.size === 0) return result
  const sizes = await readSizes(duckdb)
  const failed = [...failures].map(([segment, { code, params, since }]): SegmentReport => ({
    segment,
    members: sizes.get(segment) ?? 0,
    entered: 0,
    exited: 0,
    failure: { code, params, since },
  }))
  return { ...result, reports: [...result.reports, ...failed] }
}

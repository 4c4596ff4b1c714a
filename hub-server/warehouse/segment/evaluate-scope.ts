import type { SegmentReport } from '../../../core/port/segment-store.ts'
import { collectRanks } from '../../../core/segment/rank/rank-question.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import { segmentClosure } from '../../../core/segment/segment-order.ts'
import type { CompileContext } from '../../../core/segment/to-formula.ts'
import { deriveCopies, deriveTraits } from '../computed/derive-traits.ts'
import type { DuckDb } from '../duckdb.ts'
import { chooseScope, noteEvaluation, type Scope } from './choose-scope.ts'
import { countMembers } from './count-members.ts'
import { copyEvaluated } from './evaluated-people.ts'
import { fillEvaluationTables } from './evaluation-tables.ts'
import { forgetSeats } from './kept-seats.ts'
import { readTouched } from './note-touched.ts'
import { digestSegment } from './read-states.ts'
import { settleExits } from './settle-exits.ts'
import { writeMemberships, type WriteOrder, type WrittenMoves } from './write-memberships.ts'
import { forgetNextChanges, writeAllNextChanges, writeNextChanges } from './write-next-changes.ts'
import { writePart } from './write-part.ts'
import { noteEvaluated } from './write-states.ts'

/** What is to be evaluated. */
export interface EvaluationOrder {
  /** All segments that refer to each other or are to be evaluated together. */
  readonly segments: ReadonlyMap<string, Rule>
  /** Those that are evaluated; they refer to no others. */
  readonly evaluated: ReadonlyMap<string, Rule>
  /** For all people. */
  readonly context: CompileContext
  /**
   * `everybody`: whatever changed; when time changes what is left to be found out later. `live`: as `touched`, and the next one follows
   * closely.
   */
  readonly scope: 'everybody' | 'touched' | 'live'
}

export interface EvaluationResult {
  readonly reports: readonly SegmentReport[]
  readonly scope: Scope['kind']
  readonly touched: number
  readonly moves: WrittenMoves['moves']
  /** People whose data changed, of an evaluation of those touched; undefined where they are too many, or not known. */
  readonly changed: readonly string[] | undefined
}

/** One evaluation, inside the caller's transaction. */
export async function evaluateScope(duckdb: DuckDb, order: EvaluationOrder): Promise<EvaluationResult> {
  const { segments, context } = order
  const { schema, asOf } = context
  const rules = [...segments.values()]
  const chosen = await chooseScope(duckdb, { segments, schema, asOf })
  const scope: Scope = order.scope === 'everybody' ? { ...chosen, kind: 'everybody' } : chosen
  const before = await readBefore(duckdb)
  const changedRules = findChangedRules(before, segments)
  const work: Work = { ...order, scope, before, changedRules, isLive: order.scope === 'live' }
  const written =
    scope.kind === 'everybody' ? await evaluateEverybody(duckdb, work) : await evaluateSome(duckdb, work)
  const knowsNext = order.scope !== 'everybody'
  if (knowsNext && scope.kind === 'everybody') await writeAllNextChanges(duckdb, rules, context)
  if (!knowsNext) await forgetNextChanges(duckdb)
  const changed = knowsNext ? await readTouched(duckdb) : undefined
  await noteEvaluation(duckdb, { segments, schema, asOf }, { digest: scope.digest, knowsNext })
  await noteEvaluated(duckdb, { segments, reports: written.reports }, asOf)
  return { ...written, scope: scope.kind, touched: scope.people, changed }
}

interface Work extends Omit<EvaluationOrder, 'scope'> {
  readonly scope: Scope
  readonly before: readonly SegmentBefore[]
  readonly changedRules: ReadonlySet<string>
  readonly isLive: boolean
}

type Written = Pick<EvaluationResult, 'reports' | 'moves'>

async function evaluateEverybody(duckdb: DuckDb, { evaluated, context, ...work }: Work): Promise<Written> {
  // Where few were expected, one thread was thought to do.
  if (work.isLive) await duckdb.useThreads()
  await deriveTraits(duckdb, context)
  await settleExits(duckdb)
  await forgetSeats(duckdb)
  return compareEverybody(duckdb, { segments: evaluated, context }, work)
}

/**
 * Those touched alone. Whoever moves in a rank moves others who were not touched: segments that ask for ranks, and what these are
 * connected with, are evaluated for everybody.
 */
async function evaluateSome(duckdb: DuckDb, { evaluated, context, ...work }: Work): Promise<Written> {
  if (work.scope.people === 0) {
    if (!work.isLive) await settleExits(duckdb)
    return { reports: await unmoved(duckdb, evaluated, work.before), moves: [] }
  }
  const rules = [...work.segments.values()]
  const copies = await copyEvaluated(duckdb, rules, context)
  const part = { ...context, catalogue: copies.catalogue, everybody: context.catalogue }
  await deriveCopies(duckdb, part)
  const { ranked, needed, others } = divideByRanks(evaluated)
  // What these are compared with must be settled, and may be some of the others.
  const isLive = work.isLive && needed.size === 0
  const first = await comparePart(duckdb, { segments: others, context: part }, { ...work, isLive })
  const second = await compareEverybody(duckdb, { segments: needed, context }, work)
  await writeNextChanges(duckdb, rules, part)
  await copies.drop()
  return {
    reports: [...first.reports, ...second.reports.filter(({ segment }) => ranked.has(segment))],
    moves: [...first.moves, ...second.moves],
  }
}

/** Segments whose members depend on all people, with those that they refer to (`needed`); and all others, which refer to none of them. */
function divideByRanks(segments: ReadonlyMap<string, Rule>): {
  readonly ranked: ReadonlySet<string>
  readonly needed: ReadonlyMap<string, Rule>
  readonly others: ReadonlyMap<string, Rule>
} {
  const ranked = new Set<string>()
  const needed = new Map<string, Rule>()
  for (const name of segments.keys()) {
    const closure = segmentClosure(name, segments)
    if (collectRanks(closure.values()).size === 0) continue
    ranked.add(name)
    for (const [each, rule] of closure) needed.set(each, rule)
  }
  return { ranked, needed, others: new Map([...segments].filter(([name]) => !ranked.has(name))) }
}

interface Comparison {
  readonly segments: ReadonlyMap<string, Rule>
  readonly context: CompileContext
}

async function compareEverybody(
  duckdb: DuckDb,
  { segments, context }: Comparison,
  work: Pick<Work, 'scope' | 'changedRules'>,
): Promise<Written> {
  if (segments.size === 0) return { reports: [], moves: [] }
  const tables = await fillEvaluationTables(duckdb, segments, context)
  const { counts, moves } = await writeMemberships(duckdb, tables, toWriteOrder(context, work))
  const members = await countMembers(duckdb, tables)
  await tables.drop()
  const reports = [...segments.keys()].map((segment): SegmentReport => {
    const { entered, exited } = counts.get(segment) ?? { entered: 0, exited: 0 }
    return { segment, members: members.get(segment) ?? 0, entered, exited }
  })
  return { reports, moves }
}

/** The people of the context's catalogue alone. */
async function comparePart(
  duckdb: DuckDb,
  comparison: Comparison,
  work: Pick<Work, 'scope' | 'before' | 'changedRules' | 'isLive'>,
): Promise<Written> {
  const { segments, context } = comparison
  if (segments.size === 0) return { reports: [], moves: [] }
  const before = await unmoved(duckdb, segments, work.before)
  const { counts, moves } = await writePart(duckdb, comparison, {
    ...toWriteOrder(context, work),
    isLive: work.isLive,
  })
  const reports = before.map(({ segment, members }): SegmentReport => {
    const { entered, exited } = counts.get(segment) ?? { entered: 0, exited: 0 }
    return { segment, members: members + entered - exited, entered, exited }
  })
  return { reports, moves }
}

function toWriteOrder(
  { asOf }: CompileContext,
  { scope, changedRules }: Pick<Work, 'scope' | 'changedRules'>,
): WriteOrder {
  return { asOf, changedRules, knowsTouched: scope.knowsTouched }
}

/** What is noted of a segment that was ever evaluated. */
interface SegmentBefore {
  readonly segment: string
  readonly rule_digest: string
  /** Null: to be counted again. */
  readonly members: bigint | null
  readonly is_evaluated: boolean
}

const readBefore = (duckdb: DuckDb): Promise<SegmentBefore[]> =>
  duckdb.all<SegmentBefore>(
    `SELECT segment, rule_digest, members, evaluated_at IS NOT NULL AS is_evaluated FROM segment_state`,
  )

async function unmoved(
  duckdb: DuckDb,
  segments: ReadonlyMap<string, Rule>,
  before: readonly SegmentBefore[],
): Promise<SegmentReport[]> {
  const sizes = await sizesBefore(duckdb, segments, before)
  return [...segments.keys()].map((segment) => ({
    segment,
    members: sizes.get(segment) ?? 0,
    entered: 0,
    exited: 0,
  }))
}

/** Members of before the evaluation, counted where an erasure left them unknown. */
async function sizesBefore(
  duckdb: DuckDb,
  segments: ReadonlyMap<string, Rule>,
  before: readonly SegmentBefore[],
): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map(
    before.flatMap(({ segment, members }) => (members === null ? [] : [[segment, Number(members)]])),
  )
  if ([...segments.keys()].every((segment) => sizes.has(segment))) return sizes
  const counted = await duckdb.all<{ segment: string; members: bigint }>(
    `SELECT segment, count(*) AS members FROM every_membership WHERE exited_at IS NULL GROUP BY segment`,
  )
  return new Map(counted.map(({ segment, members }) => [segment, Number(members)]))
}

function findChangedRules(
  before: readonly SegmentBefore[],
  segments: ReadonlyMap<string, Rule>,
): ReadonlySet<string> {
  const evaluated = before.filter((row) => row.is_evaluated)
  const known = new Map(evaluated.map((row) => [row.segment, row.rule_digest]))
  return new Set([...segments.keys()].filter((name) => known.get(name) !== digestSegment(name, segments)))
}

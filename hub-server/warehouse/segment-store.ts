import { computedTraits, withoutDerivedTraits } from '../../core/computed/derived-traits.ts'
import { computeTraits } from '../../core/computed/evaluate-traits.ts'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { NodeExplanation, SegmentStore } from '../../core/port/segment-store.ts'
import type { ProfileSchema } from '../../core/profile/profile-schema.ts'
import { askedFacts } from '../../core/segment/asked-facts.ts'
import { traceRule, type NodeTruth } from '../../core/segment/evaluate-rule.ts'
import type { Person } from '../../core/segment/person.ts'
import { referencedTraits } from '../../core/segment/referenced-traits.ts'
import type { Rule } from '../../core/segment/rule.ts'
import { orderSegments, segmentClosure } from '../../core/segment/segment-order.ts'
import type { CompileContext } from '../../core/segment/to-formula.ts'
import { duckdbDialect } from '../../core/sql/dialects/duckdb.ts'
import type { AskKept } from './create-kept.ts'
import type { DuckDb } from './duckdb.ts'
import type { EvaluationOrder, EvaluationResult } from './segment/evaluate-scope.ts'
import { evaluateSegments } from './segment/evaluate-segments.ts'
import { readPerson } from './segment/read-person.ts'
import { readRanks } from './segment/read-ranks.ts'
import { readSpans } from './segment/read-spans.ts'
import { keepStates, readSizes, readStates, type StateRow } from './segment/read-states.ts'
import { warehouseCatalogue } from './segment/warehouse-catalogue.ts'
import { readNextChange } from './segment/write-next-changes.ts'

export interface SegmentStoreOptions {
  /** How long the evaluation of one segment may take, milliseconds. Default: one minute. */
  readonly segmentLimitMs?: number
}

const defaultLimitMs = 60_000

/**
 * Segments over the DuckDB warehouse. Rules are expected to have passed `validateRule` against the same schema. Computed traits are
 * brought to the moment of evaluation first, in the same transaction.
 */
export function createSegmentStore(
  duckdb: DuckDb,
  schema: ProfileSchema,
  options: SegmentStoreOptions = {},
): SegmentStore {
  const compileContext = (asOf: number): CompileContext => ({
    schema,
    catalogue: warehouseCatalogue,
    dialect: duckdbDialect,
    asOf,
  })
  const kept = keepStates(duckdb)
  const limitMs = options.segmentLimitMs ?? defaultLimitMs
  return {
    ...evaluating(duckdb, compileContext, { limitMs, kept }),
    async explain(profileId, segment, segments, asOf) {
      assertKnown(segment, segments)
      const needed = segmentClosure(segment, segments)
      const request = { profileId: parseProfileId(profileId), rules: [...needed.values()] }
      const person = await duckdb.snapshot(() => readKnown(duckdb, request, compileContext(asOf)))
      return explain(person, segment, needed, { schema, asOf })
    },
    sizes: () => readSizes(duckdb, kept),
    async membershipSince(profileId, segment) {
      const spans = await readSpans(duckdb, parseProfileId(profileId))
      return spans.find((span) => span.segment === segment && span.until === null)?.since
    },
  }
}

type Evaluating = Pick<SegmentStore, 'evaluate' | 'evaluateTouched' | 'nextChangeAt' | 'states'>

/** The evaluation of segments, and what is known of it. */
function evaluating(
  duckdb: DuckDb,
  compileContext: (asOf: number) => CompileContext,
  { limitMs, kept }: { readonly limitMs: number; readonly kept: AskKept<readonly StateRow[]> },
): Evaluating {
  const evaluate = (
    segments: ReadonlyMap<string, Rule>,
    asOf: number,
    scope: EvaluationOrder['scope'],
  ): Promise<EvaluationResult> =>
    evaluateSegments({ duckdb, limitMs }, { segments, context: compileContext(asOf), scope })
  return {
    evaluate: async (segments, asOf) => (await evaluate(segments, asOf, 'everybody')).reports,
    async evaluateTouched(segments, asOf, { isLive = false } = {}) {
      const result = await evaluate(segments, asOf, isLive ? 'live' : 'touched')
      const moved = result.reports.reduce((sum, { entered, exited }) => sum + entered + exited, 0)
      return { ...result, movesLeftOut: moved - result.moves.length }
    },
    nextChangeAt: () => readNextChange(duckdb),
    states: (segments) => readStates(duckdb, segments, kept),
  }
}

function assertKnown(segment: string, segments: ReadonlyMap<string, Rule>): void {
  if (segments.has(segment)) return
  const params = { act: 'evaluating a segment', kind: 'segment', name: segment.slice(0, 64) }
  throw new AffluentError('segment.unknown_name', params)
}

/** "p_12" or "12" → 12. Throws `run.profile_unknown` for anything else. */
function parseProfileId(text: string): bigint {
  const digits = /^(?:p_)?(\d{1,18})$/.exec(text)?.[1]
  if (digits === undefined)
    throw new AffluentError('run.profile_unknown', { act: 'reading the id of a profile' })
  return BigInt(digits)
}

/** All that rules ask about one person, with computed traits and ranks at the moment. Throws `run.profile_unknown`. */
async function readKnown(
  duckdb: DuckDb,
  { profileId, rules }: { readonly profileId: bigint; readonly rules: readonly Rule[] },
  context: CompileContext,
): Promise<Person> {
  const { asOf } = context
  // What no rule asks for need not be computed, nor read.
  const schema = asksComputed(rules, context.schema) ? context.schema : withoutDerivedTraits(context.schema)
  const facts = askedFacts(rules, schema)
  const stored = await readPerson(duckdb, context.schema, { profileId, ...facts })
  if (!stored) throw new AffluentError('run.profile_unknown', { act: 'explaining a segment' })
  const ranks = await readRanks(duckdb, profileId, { rules, context })
  return { ...computeTraits(stored, { schema, asOf }), ranks }
}

function asksComputed(rules: readonly Rule[], schema: ProfileSchema): boolean {
  const computed = computedTraits(schema)
  return [...referencedTraits(rules)].some((trait) => computed.has(trait))
}

/** Evaluates what the segment needs first, so that the person's memberships are those of this very moment. */
function explain(
  person: Person,
  segment: string,
  segments: ReadonlyMap<string, Rule>,
  context: { readonly schema: ProfileSchema; readonly asOf: number },
): NodeExplanation {
  const memberOf = new Set<string>()
  let trace: NodeTruth | undefined
  for (const name of orderSegments(segments).flat()) {
    const rule = segments.get(name)
    if (!rule) continue
    const found = traceRule(rule, { ...person, segments: memberOf }, context)
    if (found.truth === true) memberOf.add(name)
    if (name === segment) trace = found
  }
  if (!trace) throw new AffluentError('internal.unexpected', { act: 'explaining a segment' })
  return toExplanation(trace, '')
}

function toExplanation({ rule, truth, value, children }: NodeTruth, path: string): NodeExplanation {
  const placed = children.map((child, index) => toExplanation(child, childPath(rule, path, index)))
  return { path, rule, truth, value, children: placed }
}

function childPath(rule: Rule, path: string, index: number): string {
  const start = path === '' ? '' : `${path}.`
  if ('not' in rule) return `${start}not`
  if ('time_zone' in rule) return `${start}rule`
  return `${start}${'all' in rule ? 'all' : 'any'}[${index}]`
}

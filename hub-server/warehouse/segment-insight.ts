import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { SegmentInsight, SegmentPreview, SegmentQuestion } from '../../core/port/segment-insight.ts'
import type { SegmentStore } from '../../core/port/segment-store.ts'
import type { ProfileSchema } from '../../core/profile/profile-schema.ts'
import { collectRanks } from '../../core/segment/rank/rank-question.ts'
import { segmentClosure } from '../../core/segment/segment-order.ts'
import type { CompileContext } from '../../core/segment/to-formula.ts'
import { duckdbDialect } from '../../core/sql/dialects/duckdb.ts'
import type { DuckDb, DuckDbSession } from './duckdb.ts'
import { countNodes } from './segment/count-nodes.ts'
import { countSteps, shareOptions, type ShareOptions } from './segment/estimate.ts'
import { addDetails } from './segment/explain-details.ts'
import { createHistories } from './segment/history.ts'
import { listMembers } from './segment/list-members.ts'
import { preparePeople } from './segment/preview-people.ts'
import { readSpans } from './segment/read-spans.ts'
import { sampleMembers } from './segment/sample-members.ts'
import { createTimeLimit, toEvaluationError } from './segment/time-limit.ts'
import { warehouseCatalogue } from './segment/warehouse-catalogue.ts'

/** People that a preview shows. */
const shownPeople = 10

interface InsightParts {
  readonly duckdb: DuckDb
  readonly schema: ProfileSchema
  readonly segments: SegmentStore
  readonly share?: ShareOptions
  /** How long one question may take, milliseconds. Default: one minute. */
  readonly limitMs?: number
}

const defaultLimitMs = 60_000

/**
 * Questions about segments over the DuckDB warehouse, each on a connection of its own that reads what is committed: they wait for no
 * evaluation and hold none up.
 */
export function createSegmentInsight({
  duckdb,
  schema,
  segments,
  share = shareOptions,
  limitMs = defaultLimitMs,
}: InsightParts): SegmentInsight {
  const contextAt = (asOf: number): CompileContext => ({
    schema,
    catalogue: warehouseCatalogue,
    dialect: duckdbDialect,
    asOf,
  })
  const startFor = createEditors()
  const limited = <T>(
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> => withinLimit({ signal, limitMs }, work)
  return {
    preview: (question) =>
      limited(question.signal, (signal) =>
        duckdb.aside((session) => preview(session, question, contextAt(question.asOf)), signal),
      ),
    async *count(question, editor) {
      assertKnown(question)
      const own = startFor(editor, question.signal)
      for (const step of countSteps(duckdb, question, { context: contextAt(question.asOf), share })) {
        const counted = await limited(own, step)
        if (counted) yield counted
      }
    },
    explain: (profileId, question) =>
      limited(question.signal, async (signal) => {
        const { segment, segments: rules, asOf } = question
        const told = await segments.explain(profileId, segment, rules, asOf)
        const needed = [...segmentClosure(segment, rules).values()]
        const known = { duckdb, segments, profileId: toNumber(profileId) }
        // A rank is one among all people, who are made ready for that alone.
        if (collectRanks(needed).size === 0) return addDetails(told, known)
        return duckdb.aside(async (session) => {
          const context = await preparePeople(session, needed, { context: contextAt(asOf), oneIn: 1 })
          return addDetails(told, { ...known, people: { session, context } })
        }, signal)
      }),
    members: (segment, { after = 'p_-1', limit }) =>
      listMembers(duckdb, schema, { segment, after: toNumber(after), limit }),
    ...createHistories(duckdb),
    spans: (profileId) => readSpans(duckdb, toNumber(profileId)),
  }
}

/** Ends the older question of an editor when a newer one comes. */
function createEditors(): (editor: string | undefined, signal: AbortSignal | undefined) => AbortSignal {
  const latest = new Map<string, AbortController>()
  return (editor, signal) => {
    const own = new AbortController()
    if (editor !== undefined) {
      latest.get(editor)?.abort()
      latest.set(editor, own)
    }
    return signal ? AbortSignal.any([own.signal, signal]) : own.signal
  }
}

/**
 * Ends a question when its time is over (`segment.too_slow`) or whoever asked does not want it any more (`run.aborted`): the engine's own
 * word for both is an interruption.
 */
async function withinLimit<T>(
  { signal, limitMs }: { readonly signal: AbortSignal | undefined; readonly limitMs: number },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = createTimeLimit(limitMs)
  limit.start()
  try {
    return await work(signal ? AbortSignal.any([signal, limit.signal]) : limit.signal)
  } catch (error) {
    if (signal?.aborted)
      throw new AffluentError('run.aborted', { act: 'counting a segment' }, { cause: error })
    throw toEvaluationError(error, limit, limitMs)
  } finally {
    limit.stop()
  }
}

function assertKnown({ segment, segments }: SegmentQuestion): void {
  if (segments.has(segment)) return
  const params = { act: 'evaluating a segment', kind: 'segment', name: segment.slice(0, 64) }
  throw new AffluentError('segment.unknown_name', params)
}

async function preview(
  session: DuckDbSession,
  question: SegmentQuestion,
  context: CompileContext,
): Promise<SegmentPreview> {
  assertKnown(question)
  const needed = [...segmentClosure(question.segment, question.segments).values()]
  const prepared = await preparePeople(session, needed, { context, oneIn: 1 })
  const { tables, rule, profiles, nodes } = await countNodes(session, question, prepared)
  const seat = nodes[0]?.isTrue ?? ''
  const people = await sampleMembers(session, tables, { seat, schema: context.schema, most: shownPeople })
  return { profiles, members: rule.whereTrue, rule, people }
}

/** "p_12" or "12", as the store that explains has checked. */
const toNumber = (profileId: string): bigint => BigInt(profileId.replace('p_', ''))

import type { SegmentReport } from '../../core/port/segment-store.ts'
import type { Rule } from '../../core/segment/rule.ts'
import { segmentClosure } from '../../core/segment/segment-order.ts'
import type { StageError } from '../../core/sync/cycle-event.ts'

/** Segments whose memberships are not those of this evaluation, each with the reason: what rests on them is not sent. */
export type StaleSegments = ReadonlyMap<string, StageError>

/**
 * Finds the segments that an evaluation left as they were: it could not evaluate them, or one that they refer to, or it was not asked
 * to. They heal by themselves as soon as an evaluation succeeds.
 */
export function findStale(
  segments: ReadonlyMap<string, Rule>,
  reports: readonly SegmentReport[],
): StaleSegments {
  const told = new Map(reports.map((report) => [report.segment, report]))
  const stale = new Map<string, StageError>()
  for (const segment of segments.keys()) {
    // What a segment refers to comes after it: the last one found is where the trouble begins.
    const cause = [...segmentClosure(segment, segments).keys()].findLast(
      (name) => told.get(name) === undefined || told.get(name)?.failure !== undefined,
    )
    if (cause !== undefined) stale.set(segment, toError(segment, cause, told.get(cause)))
  }
  return stale
}

/** No instant among the params, so that the same reason is the same error in every cycle. */
function toError(segment: string, cause: string, report: SegmentReport | undefined): StageError {
  const reason = report?.failure?.code ?? ''
  return { code: 'segment.not_evaluated', params: { segment, cause, reason } }
}

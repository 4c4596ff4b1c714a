import type { Rule } from '../segment/rule.ts'

/** Events that the hub keeps by itself: somebody, or a workflow, put a person into a hand-picked segment or took them out. */
export const pickEvents = { picked: 'segment_picked', dropped: 'segment_dropped' } as const
export type PickAction = keyof typeof pickEvents

/** Their property: the name of the segment. */
export const pickedProperty = 'picked_segment'

/**
 * The rule of a hand-picked segment: picked at least once, and not dropped since the last time. The last action wins; of a pick and a drop
 * at the very same instant the pick does, which the hub avoids by never writing two at one.
 */
export function pickedRule(segment: string): Rule {
  const where = [{ property: pickedProperty, op: 'equals' as const, value: segment }]
  return {
    all: [
      { event: pickEvents.picked, measure: 'count', op: 'at_least', where },
      {
        not: {
          event: pickEvents.dropped,
          measure: 'count',
          op: 'at_least',
          where,
          window: { after_event: { event: pickEvents.picked, which: 'last', where } },
        },
      },
    ],
  }
}

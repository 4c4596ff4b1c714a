import type { Destination } from '../../../core/connector/destination.ts'
import type { Ga4Config } from '../config.ts'
import { eventFields } from './event-payload.ts'
import { createSegmentProperty, findSegmentProperty } from './segment-property.ts'
import { sendEvents } from './send-events.ts'

/**
 * Tells GA4 who entered and who left a segment, as events and as a user property that GA4 audiences select on. Nothing can be read
 * back, and a repeated event counts twice: a batch that got no answer is left for a person to decide.
 */
export const segmentEventsDestination: Destination<Ga4Config> = {
  kind: 'segment_events',
  description:
    'Events segment_entered and segment_exited, and a user property per segment, by Measurement Protocol.',
  // A changed user property is told by one more event "entered": leaving and entering again would tell two untruths.
  capabilities: { remove: true, create: true, update: true },
  fields: eventFields,
  openFields: true,
  // A record is a request, and what stays open when the process dies is a batch: kept small.
  recordsPerBatch: 50,
  callsPerBatch: (records) => records,
  visibleAfterMs: 48 * 3_600_000,
  find: findSegmentProperty,
  create: createSegmentProperty,
  add: (context, request) => sendEvents(context, request, 'add'),
  remove: (context, request) => sendEvents(context, request, 'remove'),
}

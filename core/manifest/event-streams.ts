/** What clients may call, in the words of Segment's tracking API: https://segment.com/docs/connections/spec/ */
const eventCalls = ['track', 'identify', 'page', 'screen', 'group', 'alias'] as const
export type EventCall = (typeof eventCalls)[number]

/**
 * The connection that events come in by. It is there without being declared: its streams are mapped like any other's, nothing is pulled
 * from it, and nothing is sent to it.
 */
export const eventConnection = 'events'

/** Streams of `eventConnection`: one for each call. */
export const eventStreams: readonly string[] = eventCalls

export function isEventCall(name: unknown): name is EventCall {
  return eventCalls.some((call) => call === name)
}

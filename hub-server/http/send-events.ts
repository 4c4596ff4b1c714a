import type { Response } from 'express'
import type { Clock } from '../../core/port/clock.ts'

export interface SendEventsOptions {
  /** Aborts when nobody listens any more. */
  readonly signal: AbortSignal
  readonly clock: Clock
  /** False: whoever listens may not any more. */
  readonly isInForce: () => Promise<boolean>
}

/** How often it is asked whether whoever listens still may: somebody who lost their access sees nothing more after it. */
const checkMs = 2_000

/** Proxies cut what is silent; this is shorter than the time-out of any of them. */
const heartbeatMs = 15_000

/**
 * Sends items as server-sent events (WHATWG HTML, 9.2). An item's `number` is its id, which `Last-Event-ID` brings back, and its `event` the
 * event's name. Ends with the items, with who listens, and when they may not any more.
 */
export async function sendEvents(
  response: Response,
  items: AsyncIterable<unknown>,
  { signal, clock, isInForce }: SendEventsOptions,
): Promise<void> {
  const iterator = items[Symbol.asyncIterator]()
  // The first item is waited for, so that a refusal can still be answered as a problem.
  let next = iterator.next()
  const first = await orBeat(next, clock, signal)
  response.status(200).set({ 'Content-Type': 'text/event-stream; charset=utf-8', 'X-Accel-Buffering': 'no' })
  response.flushHeaders()
  const mayListen = createCheck(clock, isInForce)
  let told = first
  let wroteAt = clock.now()
  try {
    while (!signal.aborted && (await mayListen())) {
      if (told !== 'silence' && told.done === true) break
      const isOverdue = clock.now() - wroteAt >= heartbeatMs
      if (told !== 'silence') next = iterator.next()
      if (told !== 'silence' || isOverdue) {
        await write(response, told === 'silence' ? ': still here\n\n' : toText(told.value), signal)
        wroteAt = clock.now()
      }
      told = await orBeat(next, clock, signal)
    }
  } finally {
    // An iterator that waits for its next item ends by the signal, not by this.
    void iterator.return?.()
    response.end()
  }
}

/** Asks at most every two seconds, whether or not there is something to tell. */
function createCheck(clock: Clock, isInForce: () => Promise<boolean>): () => Promise<boolean> {
  let checkedAt = clock.now()
  return async () => {
    if (clock.now() - checkedAt < checkMs) return true
    checkedAt = clock.now()
    return isInForce()
  }
}

async function orBeat(
  next: Promise<IteratorResult<unknown>>,
  clock: Clock,
  signal: AbortSignal,
): Promise<IteratorResult<unknown> | 'silence'> {
  const waiting = new AbortController()
  const beat = clock.sleep(checkMs, AbortSignal.any([signal, waiting.signal])).then(
    () => 'silence' as const,
    () => 'silence' as const,
  )
  try {
    return await Promise.race([next, beat])
  } finally {
    waiting.abort()
  }
}

function toText(item: unknown): string {
  const lines: string[] = []
  if (typeof item === 'object' && item !== null) {
    if ('number' in item) lines.push(`id: ${Number(item.number)}`)
    if ('event' in item && typeof item.event === 'string')
      // A line break would begin a field, or an event, of its own.
      lines.push(`event: ${item.event.replaceAll(/[\r\n]+/g, ' ')}`)
  }
  return `${[...lines, `data: ${JSON.stringify(item)}`].join('\n')}\n\n`
}

/** A reader that is slower than we are is waited for, so that nothing piles up for it here. */
async function write(response: Response, text: string, signal: AbortSignal): Promise<void> {
  if (response.write(text) || signal.aborted) return
  await new Promise<void>((resolve) => {
    response.once('drain', resolve)
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

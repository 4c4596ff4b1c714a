import { z } from 'zod'
import type { SignalFeed, SignalPage } from '../../../core/connector/signal.ts'
import type { Cursor } from '../../../core/connector/source.ts'
import { AffluentError, PlatformError } from '../../../core/errors/affluent-error.ts'
import type { SalesforceConfig, SalesforceContext } from '../config.ts'
import { isOwnChange, parseChangeEvent, replayIdOf } from './change-event.ts'
import { toSignals, wholeStreams } from './change-signals.ts'
import { invalidReplayId, unknownClient } from './cometd-error.ts'
import { openCometdSession, replayAll, replayNew, type CometdSession } from './cometd-session.ts'

/** Replay ids mean something in one org and on one channel only. */
const feedCursor = z.strictObject({
  version: z.literal(1),
  org: z.string(),
  channel: z.string(),
  /** The last event that was given; null when none has come yet. */
  replayId: z.int().nullable(),
  /** Nothing older than this is told: epoch milliseconds of the first read. */
  since: z.number(),
})
type FeedCursor = z.output<typeof feedCursor>

/**
 * Change Data Capture over the Streaming API: what an incremental pull sees late (members that somebody took off, opt-outs) or not at
 * all (rows that were deleted for good). Off unless `change_channel` names the channel. Salesforce keeps events for 72 hours; when
 * the position is older, every stream is told as changed, and the pulls by time stamp find what was missed.
 */
export const changeFeed: SignalFeed<SalesforceConfig> = { name: 'change_data_capture', read: readChanges }

/** Events of one read, so that a first read after a mass import leaves something of the org's allocation to others. */
const mostEvents = 10_000

async function* readChanges(
  context: SalesforceContext,
  { cursor, signal }: { readonly cursor: Cursor | null; readonly signal: AbortSignal },
): AsyncGenerator<SignalPage> {
  const { change_channel: channel } = context.config
  if (channel === undefined) return
  signal.throwIfAborted()
  const facts = (await context.credentials?.current())?.facts ?? {}
  const org = facts['org_id'] ?? ''
  const known = openCursor(cursor, org, channel)
  if (cursor !== null && !known) discarded(context)
  const start: FeedCursor = known ?? { version: 1, org, channel, replayId: null, since: context.clock.now() }
  // Told at once: the first event may be long in coming, and "from now" must not move on with each read.
  if (!known) yield { signals: [], cursor: start }
  yield* readFrom({ context, signal, userId: facts['user_id'] }, start, firstReplay(known))
}

function openCursor(cursor: Cursor | null, org: string, channel: string): FeedCursor | undefined {
  const known = feedCursor.safeParse(cursor).data
  return known?.org === org && known.channel === channel ? known : undefined
}

/** Where no event has come yet, all that is kept is asked for: from now on would lose what came between two reads. */
const firstReplay = (known: FeedCursor | undefined): number =>
  known === undefined ? replayNew : (known.replayId ?? replayAll)

interface Reading {
  readonly context: SalesforceContext
  readonly signal: AbortSignal
  readonly userId: string | undefined
}

async function* readFrom(reading: Reading, start: FeedCursor, replay: number): AsyncGenerator<SignalPage> {
  let cursor = start
  let session = await openFrom(reading, cursor, replay)
  if (session === 'expired') {
    const { context } = reading
    discarded(context)
    cursor = { ...cursor, replayId: null }
    yield { signals: wholeStreams(`expired:${start.replayId ?? ''}`, context.clock.now()), cursor }
    session = await openFrom(reading, cursor, replayAll)
  }
  if (session === 'expired')
    throw new AffluentError('internal.unexpected', { act: 'opening the change feed' })
  yield* drain(reading, cursor, session)
}

/** A session, and whether it has been opened anew already. */
interface Line {
  session: CometdSession
  reopened: boolean
}

/** Takes what is there until the channel is quiet. */
async function* drain(
  reading: Reading,
  start: FeedCursor,
  session: CometdSession,
): AsyncGenerator<SignalPage> {
  const line: Line = { session, reopened: false }
  let cursor = start
  try {
    for (let count = 0; count < mostEvents;) {
      const data = await nextOf(reading, cursor, line)
      if (data.length === 0) return
      count += data.length
      const page = await toPage(reading, cursor, data)
      cursor = page.cursor
      yield page
    }
  } finally {
    await line.session.close()
  }
}

/** A session that the server has given up is opened anew once, behind the last event (trap 14). */
async function nextOf(reading: Reading, cursor: FeedCursor, line: Line): Promise<readonly unknown[]> {
  try {
    return await line.session.next()
  } catch (error) {
    if (line.reopened || !isCode(error, unknownClient)) throw error
  }
  line.reopened = true
  const again = await openFrom(reading, cursor, cursor.replayId ?? replayAll)
  // The position died this very moment: the next read finds so at its start, and tells it.
  if (again === 'expired') return []
  line.session = again
  return again.next()
}

async function openFrom(
  { context, signal }: Reading,
  { channel }: FeedCursor,
  from: number,
): Promise<CometdSession | 'expired'> {
  try {
    return await openCometdSession(context, { channel, from, signal })
  } catch (error) {
    if (from < 0 || !isCode(error, invalidReplayId)) throw error
    return 'expired'
  }
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof PlatformError && error.params['error_code'] === code

async function toPage(
  { context, signal, userId }: Reading,
  cursor: FeedCursor,
  data: readonly unknown[],
): Promise<SignalPage & { readonly cursor: FeedCursor }> {
  const own = { userId, field: context.config.external_id_field }
  const events = data
    .flatMap((each) => parseChangeEvent(each) ?? [])
    .filter((event) => event.commitTimestamp >= cursor.since && !isOwnChange(event, own))
  const replayId = data.reduce<number | null>((last, each) => replayIdOf(each) ?? last, cursor.replayId)
  return { signals: await toSignals(context, events, signal), cursor: { ...cursor, replayId } }
}

function discarded({ connection, logger }: SalesforceContext): void {
  logger.warn('cursor_discarded', { connection, stream: changeFeed.name })
}

import { z } from 'zod'
import type { ChangeSignal, SignalFeed, SignalPage } from '../../../core/connector/signal.ts'
import type { Cursor } from '../../../core/connector/source.ts'
import { AffluentError, PlatformError } from '../../../core/errors/affluent-error.ts'
import { openAccount } from '../account.ts'
import { journalBudget } from '../budgets.ts'
import type { HubspotConfig, HubspotContext } from '../config.ts'
import { toPlatformError } from '../errors.ts'
import { readBody } from '../read-body.ts'
import { toSignal } from './journal-event.ts'
import { callJournal, journalPath } from './journal-request.ts'
import { ensureSubscriptions } from './journal-subscriptions.ts'

/** The position after the last entry that was given; null when the journal was empty. */
const journalCursor = z.strictObject({ version: z.literal(1), offset: z.string().nullable() })

/** 204 comes as an empty text: nothing new. */
const entryAnswer = z.union([
  z.object({ url: z.url({ protocol: /^https?$/ }), currentOffset: z.string().min(1) }),
  z.literal('').transform(() => null),
])
type JournalEntry = z.output<typeof entryAnswer>

const fileShape = z.object({ journalEvents: z.array(z.unknown()) })

/**
 * HubSpot's Webhooks Journal: changes of contacts, links, list memberships, erasures and the app's removal, to be pulled without a
 * public address. It holds three days and all accounts of the app; only this account's events are given. Needs `client_id` and
 * `client_secret` of an app; without them the feed is empty.
 */
export const journalFeed: SignalFeed<HubspotConfig> = {
  name: 'webhooks_journal',
  read: readJournal,
}

async function* readJournal(
  context: HubspotContext,
  { cursor, signal }: { readonly cursor: Cursor | null; readonly signal: AbortSignal },
): AsyncGenerator<SignalPage> {
  const { client_id, client_secret } = context.config
  if (client_id === undefined || client_secret === undefined) return
  signal.throwIfAborted()
  const { portalId } = await openAccount(context)
  await ensureSubscriptions(context, portalId, signal)
  const known = journalCursor.safeParse(cursor).data
  if (!known) {
    const latest = await readEntry(context, '/latest', signal)
    yield { signals: [], cursor: toCursor(latest?.currentOffset ?? null) }
    return
  }
  let entry = await readNext(context, known.offset, signal)
  let before = known.offset
  while (entry) {
    if (entry.currentOffset === before)
      throw new AffluentError('connector.cursor_repeated', { act: 'reading the webhooks journal' })
    yield { signals: await download(context, entry, portalId, signal), cursor: toCursor(entry.currentOffset) }
    before = entry.currentOffset
    entry = await readNext(context, before, signal)
  }
}

const toCursor = (offset: string | null): Cursor => ({ version: 1, offset })

/** After three days an offset is gone from the journal: what is left is read from its start, the rest is found by the pulls. */
async function readNext(
  context: HubspotContext,
  offset: string | null,
  signal: AbortSignal,
): Promise<JournalEntry> {
  if (offset === null) return readEntry(context, '/earliest', signal)
  try {
    return await readEntry(context, `/offset/${encodeURIComponent(offset)}/next`, signal)
  } catch (error) {
    if (!(error instanceof PlatformError) || error.code !== 'platform.not_found') throw error
    context.logger.warn('cursor_discarded', { connection: context.connection, stream: journalFeed.name })
    return readEntry(context, '/earliest', signal)
  }
}

function readEntry(context: HubspotContext, path: string, signal: AbortSignal): Promise<JournalEntry> {
  return callJournal(context, {
    act: 'reading the webhooks journal',
    method: 'GET',
    path: `${journalPath}${path}`,
    answer: entryAnswer,
    repeatable: true,
    signal,
  })
}

/** The entry's events, from an address that is signed in itself: a bearer would be shown to a stranger, so none is sent. */
async function download(
  context: HubspotContext,
  { url }: NonNullable<JournalEntry>,
  portalId: string,
  signal: AbortSignal,
): Promise<readonly ChangeSignal[]> {
  const act = 'downloading an entry of the webhooks journal'
  const reply = await context.call({
    act,
    budget: journalBudget,
    repeatable: true,
    async send(timeout) {
      const until = AbortSignal.any([timeout, signal])
      const response = await context.fetch(url, { signal: until })
      const { status } = response
      return {
        status,
        headers: Object.fromEntries(response.headers),
        body: await readBody(response, act, until),
      }
    },
    classify(answer) {
      // A signed address that has ended is asked for again by the next read.
      if (answer.status === 403) return new PlatformError('platform.transient', { act, status: 403 })
      const error = toPlatformError(answer, { act, now: context.clock.now(), timeZone: 'UTC' })
      if (error || fileShape.safeParse(answer.body).success) return error
      return new PlatformError('platform.unreadable_answer', { act, status: answer.status })
    },
  })
  return fileShape.parse(reply.body).journalEvents.flatMap((event) => toSignal(event, portalId) ?? [])
}

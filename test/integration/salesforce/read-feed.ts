import type { SalesforceSandboxOptions } from '../../../connectors/salesforce/sandbox/salesforce-sandbox.ts'
import type { ChangeSignal, SignalPage } from '../../../core/connector/signal.ts'
import type { Cursor } from '../../../core/connector/source.ts'
import { never, openOrg, type OpenSandbox } from './open-salesforce.ts'

export const changeEntities = ['Contact', 'Lead', 'Account', 'CampaignMember', 'Individual'] as const
export const feedConfig = { change_channel: '/data/ChangeEvents' }

/** An org that publishes changes, and a connection that follows them. */
export const openFeed = (options: Partial<SalesforceSandboxOptions> = {}): Promise<OpenSandbox> =>
  openOrg({ changeEntities, ...options }, feedConfig)

export interface FeedRead {
  readonly pages: readonly SignalPage[]
  readonly signals: readonly ChangeSignal[]
  readonly cursor: Cursor | null
}

/** One read of the feed, to its end. */
export async function readFeed(
  { connection }: Pick<OpenSandbox, 'connection'>,
  cursor: Cursor | null,
): Promise<FeedRead> {
  const [feed] = connection.signalFeeds
  const pages: SignalPage[] = []
  for await (const page of feed?.read({ cursor, signal: never }) ?? []) pages.push(page)
  return { pages, signals: pages.flatMap(({ signals }) => signals), cursor: pages.at(-1)?.cursor ?? cursor }
}

/** The first read: what happened before it is not told. Returns the position. */
export async function beginFeed(open: OpenSandbox): Promise<Cursor> {
  open.clock.advance(1000)
  return (await readFeed(open, null)).cursor
}

/** Signals in a few words: "deleted contacts 003…". */
export const inWords = ({ signals }: FeedRead): string[] =>
  signals.map(({ kind, stream, externalId }) => [kind, stream, externalId].filter(Boolean).join(' '))

import { z } from 'zod'
import type { Clock } from '../../../core/port/clock.ts'
import type { SandboxReply, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { invalid, notFound } from './hubspot-error.ts'
import { isoTime } from './record-view.ts'

const retentionMs = 3 * 86_400_000
const urlLifeMs = 600_000

/** The webhooks journal of the app: one for all accounts (chapter 1.6 A). */
export interface SandboxJournal {
  readonly subscriptions: Record<string, unknown>[]
  /** Publishes one entry with these events. */
  publish(events: readonly Record<string, unknown>[]): void
}

interface Entry {
  readonly offset: string
  readonly publishedAt: number
  readonly events: readonly Record<string, unknown>[]
}

const subscriptionBody = z.looseObject({
  subscriptionType: z.enum([
    'OBJECT',
    'ASSOCIATION',
    'LIST_MEMBERSHIP',
    'GDPR_PRIVACY_DELETION',
    'APP_LIFECYCLE_EVENT',
  ]),
  portalId: z.int().optional(),
})

/** The journal's state and its routes. Entries are kept three days; downloads are pre-signed and end. */
export function createJournal(
  clock: Clock,
  baseUrl: () => string,
): { journal: SandboxJournal; routes: SandboxRoute[] } {
  const subscriptions: Record<string, unknown>[] = []
  const entries: Entry[] = []
  return {
    routes: [...entryRoutes(clock, entries, baseUrl), ...subscriptionRoutes(subscriptions)],
    journal: {
      subscriptions,
      publish(events) {
        const offset = `0198f2-${String(entries.length + 1).padStart(6, '0')}`
        entries.push({ offset, publishedAt: clock.now(), events })
      },
    },
  }
}

/** Entries by offset, and the files that they lead to. */
function entryRoutes(clock: Clock, entries: readonly Entry[], baseUrl: () => string): SandboxRoute[] {
  const alive = (): Entry[] => entries.filter((entry) => entry.publishedAt > clock.now() - retentionMs)
  const show = (entry: Entry | undefined): SandboxReply =>
    entry
      ? {
          status: 200,
          body: {
            url: `${baseUrl()}/journal-files/${entry.offset}?until=${clock.now() + urlLifeMs}`,
            expiresAt: isoTime(clock.now() + urlLifeMs),
            currentOffset: entry.offset,
          },
        }
      : { status: 204 }
  const journalPath = String.raw`/webhooks-journal/journal/2026-03`
  return [
    { method: 'GET', pattern: new RegExp(`^${journalPath}/earliest$`), answer: () => show(alive()[0]) },
    { method: 'GET', pattern: new RegExp(`^${journalPath}/latest$`), answer: () => show(alive().at(-1)) },
    {
      method: 'GET',
      pattern: new RegExp(`^${journalPath}/offset/(?<offset>[^/]+)/next$`),
      answer({ params }) {
        const kept = alive()
        const index = kept.findIndex(({ offset }) => offset === params['offset'])
        return index === -1 ? notFound('The offset is not in the journal') : show(kept[index + 1])
      },
    },
    {
      method: 'GET',
      pattern: /^\/journal-files\/(?<offset>[^/]+)$/,
      answer({ params, query }) {
        const entry = entries.find(({ offset }) => offset === params['offset'])
        if (!entry || Number(query.get('until')) < clock.now()) return { status: 403, body: 'expired' }
        const publishedAt = isoTime(entry.publishedAt)
        return { status: 200, body: { offset: entry.offset, publishedAt, journalEvents: entry.events } }
      },
    },
  ]
}

function subscriptionRoutes(subscriptions: Record<string, unknown>[]): SandboxRoute[] {
  const path = String.raw`/webhooks-journal/subscriptions/2026-03`
  return [
    {
      method: 'GET',
      pattern: new RegExp(`^${path}$`),
      answer: () => ({ status: 200, body: { results: subscriptions } }),
    },
    {
      method: 'POST',
      pattern: new RegExp(`^${path}$`),
      answer({ body }) {
        const parsed = subscriptionBody.safeParse(body)
        if (!parsed.success) return invalid('Invalid subscription')
        const subscription = { id: subscriptions.length + 1, appId: 77, ...parsed.data }
        subscriptions.push(subscription)
        return { status: 200, body: subscription }
      },
    },
    {
      method: 'DELETE',
      pattern: new RegExp(`^${path}/portals/(?<portal>[^/]+)$`),
      answer({ params }) {
        const kept = subscriptions.filter(({ portalId }) => String(portalId) !== params['portal'])
        subscriptions.splice(0, subscriptions.length, ...kept)
        return { status: 204 }
      },
    },
  ]
}

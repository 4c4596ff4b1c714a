/**
 * A local server that behaves as HubSpot does for what the connector uses: built from the platform notes, not from our client.
 * It has one account with contacts and lists, refuses what HubSpot refuses, and keeps a ledger of all it accepted.
 */
import type { Clock } from '../../../core/port/clock.ts'
import {
  startSandboxServer,
  type LedgerEntry,
  type SandboxReply,
  type SandboxRequest,
  type SandboxServer,
} from '../../sandbox-kit/sandbox-server.ts'
import { accountRoutes, type SandboxAccount } from './account-routes.ts'
import { contactBatchRoutes } from './contact-batch-routes.ts'
import { contactRoutes } from './contact-routes.ts'
import { contactSearchRoute, type SearchIndex } from './contact-search.ts'
import { ContactStore, type Properties } from './contact-store.ts'
import { hubspotError, rateLimited } from './hubspot-error.ts'
import { listRoutes } from './list-routes.ts'
import { createListStore, type ListStore } from './list-store.ts'
import { textProperty } from './property-definitions.ts'
import { createRateWindow, publishedLimits, type RateWindow, type SandboxLimits } from './rate-window.ts'
import { allScopes, scopeOf } from './scopes.ts'

export interface HubspotSandboxOptions {
  readonly clock: Clock
  /** 0 or absent: any free port. */
  readonly port?: number
  /** Contacts that are there from the start, last changed a day ago. Their properties exist in the account from then on. */
  readonly contacts?: readonly { readonly id: string; readonly properties: Properties }[]
  /** Unique properties of the account beside `email`, such as "hub_person_id". */
  readonly uniqueProperties?: readonly string[]
  /** Properties that the account's admin made required for new contacts (chapter 1.0, since 2026-09). */
  readonly requiredProperties?: readonly string[]
  /** The bearer that is accepted. Default "sandbox-token". */
  readonly accessToken?: string
  /** "published" (default): a private credential on the Professional tier. "off": no limits and no rate headers. */
  readonly limits?: 'published' | 'off' | Partial<SandboxLimits>
  readonly account?: Partial<SandboxAccount>
}

/** The running sandbox, with its state for tests and demos to look at and to move. */
export interface HubspotSandbox extends SandboxServer {
  readonly contacts: ContactStore
  readonly lists: ListStore
  /** Scopes of the token: take some away to see 403 MISSING_SCOPES. */
  readonly scopes: Set<string>
  readonly searchIndex: SearchIndex
  /** From now on the token is answered with 401 EXPIRED_AUTHENTICATION. */
  expireToken(): void
}

const defaultAccount: SandboxAccount = {
  portalId: 4_242_424,
  timeZone: 'Europe/Paris',
  uiDomain: 'app.hubspot.com',
}

const dayMs = 86_400_000

/** Starts the sandbox on 127.0.0.1. */
export async function startHubspotSandbox(options: HubspotSandboxOptions): Promise<HubspotSandbox> {
  const { clock, accessToken = 'sandbox-token', limits = 'published' } = options
  const ledger: LedgerEntry[] = []
  const lists = createListStore(clock, ledger)
  const contacts = new ContactStore(clock, ledger, lists)
  const account = { ...defaultAccount, ...options.account }
  const searchIndex: SearchIndex = { lagMs: 0 }
  const scopes = new Set(allScopes)
  let tokenExpired = false
  for (const name of options.uniqueProperties ?? [])
    contacts.definitions.set(name, textProperty(name, { hasUniqueValue: true }))
  for (const { id, properties } of options.contacts ?? [])
    contacts.create(properties, { id, at: clock.now() - dayMs })
  ledger.length = 0

  const window =
    limits === 'off'
      ? undefined
      : createRateWindow(
          clock,
          { ...publishedLimits, ...(limits === 'published' ? {} : limits) },
          account.timeZone,
        )
  const server = await startSandboxServer({
    clock,
    ledger,
    ...(options.port !== undefined && { port: options.port }),
    before: (request) =>
      refuseToken(request, accessToken, tokenExpired) ??
      refuseRate(request, window) ??
      refuseScope(request, scopes),
    after: (request, reply) => withRateHeaders(request, reply, window),
    routes: [
      ...accountRoutes(account, contacts),
      contactSearchRoute(contacts, searchIndex, clock),
      ...contactBatchRoutes(contacts, options.requiredProperties ?? []),
      ...contactRoutes(contacts, options.requiredProperties ?? []),
      ...listRoutes(lists, contacts),
    ],
  })
  return {
    ...server,
    contacts,
    lists,
    scopes,
    searchIndex,
    expireToken() {
      tokenExpired = true
    },
  }
}

function refuseToken(request: SandboxRequest, token: string, expired: boolean): SandboxReply | undefined {
  if (request.headers['authorization'] !== `Bearer ${token}`)
    return hubspotError(401, {
      category: 'INVALID_AUTHENTICATION',
      message: 'Authentication credentials not found or not valid.',
    })
  if (!expired) return undefined
  return hubspotError(401, {
    category: 'EXPIRED_AUTHENTICATION',
    message: 'The OAuth token used to make this call expired.',
  })
}

const isSearch = (request: SandboxRequest): boolean => /^\/crm\/objects\/.*\/search$/.test(request.path)

function refuseRate(request: SandboxRequest, window: RateWindow | undefined): SandboxReply | undefined {
  const policy = window?.admit(isSearch(request))
  return policy && rateLimited(policy)
}

function refuseScope(request: SandboxRequest, scopes: ReadonlySet<string>): SandboxReply | undefined {
  const scope = scopeOf(request.method, request.path)
  if (scope === undefined || scopes.has(scope)) return undefined
  const message = 'This app has not been granted all required scopes to make this call.'
  return hubspotError(403, {
    category: 'MISSING_SCOPES',
    message,
    errors: [{ message, context: { requiredGranularScopes: [scope] } }],
  })
}

/** Object search sends no rate headers (chapter 1.3). */
function withRateHeaders(
  request: SandboxRequest,
  reply: SandboxReply,
  window: RateWindow | undefined,
): SandboxReply {
  if (!window || isSearch(request)) return reply
  return { ...reply, headers: { ...window.headers(), ...reply.headers } }
}

/**
 * A local server that behaves as HubSpot does for what the connector uses: built from the platform notes, not from our client.
 * It has one account with CRM records, lists and consents, refuses what HubSpot refuses, and keeps a ledger of all it accepted.
 */
import type { Clock } from '../../../core/port/clock.ts'
import {
  startSandboxServer,
  type LedgerEntry,
  type SandboxReply,
  type SandboxRequest,
  type SandboxRoute,
  type SandboxServer,
} from '../../sandbox-kit/sandbox-server.ts'
import { accountRoutes, type SandboxAccount } from './account-routes.ts'
import { associationRoute, createLinkStore, type LinkStore } from './association-routes.ts'
import { consentRoutes } from './consent-routes.ts'
import { createConsentStore, type ConsentStore } from './consent-store.ts'
import { contactBatchRoutes } from './contact-batch-routes.ts'
import { contactRoutes } from './contact-routes.ts'
import { eventRoutes, type SandboxEvent } from './event-routes.ts'
import { hubspotError, rateLimited } from './hubspot-error.ts'
import { importRoutes } from './import-routes.ts'
import { createImportStore, type ImportStore } from './import-store.ts'
import { createJournal, type SandboxJournal } from './journal-routes.ts'
import { listRoutes } from './list-routes.ts'
import { createListStore, type ListStore } from './list-store.ts'
import { oauthRoutes } from './oauth-routes.ts'
import { standardProperties, textProperty } from './property-definitions.ts'
import { propertyRoutes } from './property-routes.ts'
import { createRateWindow, publishedLimits, type RateWindow, type SandboxLimits } from './rate-window.ts'
import { recordBatchReadRoute } from './record-batch-read-route.ts'
import { recordListRoute } from './record-list-route.ts'
import { recordSearchRoute, type SearchIndex } from './record-search.ts'
import { RecordStore, type Properties } from './record-store.ts'
import { allScopes, scopeOf } from './scopes.ts'
import { createTokenStore, type SandboxApp, type TokenStore } from './token-store.ts'

interface SeedRecord {
  readonly id: string
  readonly properties: Properties
}

export interface HubspotSandboxOptions {
  readonly clock: Clock
  /** 0 or absent: any free port. */
  readonly port?: number
  /** Contacts that are there from the start, last changed a day ago. Their properties exist in the account from then on. */
  readonly contacts?: readonly SeedRecord[]
  readonly companies?: readonly SeedRecord[]
  readonly deals?: readonly SeedRecord[]
  /** Unique properties of the account beside `email`, such as "hub_person_id". */
  readonly uniqueProperties?: readonly string[]
  /** Properties that the account's admin made required for new contacts (chapter 1.0, since 2026-09). */
  readonly requiredProperties?: readonly string[]
  /** The bearer that is accepted. Default "sandbox-token". */
  readonly accessToken?: string
  /** "published" (default): a private credential on the Professional tier. "off": no limits and no rate headers. */
  readonly limits?: 'published' | 'off' | Partial<SandboxLimits>
  /** How long an import is worked on, by the clock. Default a minute. */
  readonly importMs?: number
  readonly account?: Partial<SandboxAccount>
}

/** The running sandbox, with its state for tests and demos to look at and to move. */
export interface HubspotSandbox extends SandboxServer {
  readonly contacts: RecordStore
  readonly companies: RecordStore
  readonly deals: RecordStore
  readonly links: LinkStore
  readonly consents: ConsentStore
  readonly events: SandboxEvent[]
  readonly imports: ImportStore
  readonly journal: SandboxJournal
  /** The OAuth app "sandbox-client" with the secret "sandbox-secret" and the refresh token "sandbox-refresh". */
  readonly app: SandboxApp
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
  const { clock, accessToken = 'sandbox-token' } = options
  const ledger: LedgerEntry[] = []
  const account = { ...defaultAccount, ...options.account }
  const state = createState(options, ledger, account.portalId)
  const { app, scopes } = state
  const tokens = createTokenStore(clock)
  const access: Access = { staticToken: accessToken, isStaticExpired: false, tokens, scopes }
  ledger.length = 0

  const window = createWindow(options, account.timeZone)
  const { journal, routes: journalRoutes } = createJournal(clock, () => server.url)
  const onUninstall = (): void => {
    app.refreshTokens.clear()
    tokens.revokeAll()
    ledger.push({ at: clock.now(), operation: 'uninstall', target: 'account', members: [] })
  }
  const server = await startSandboxServer({
    clock,
    ledger,
    ...(options.port !== undefined && { port: options.port }),
    before: (request) => refuse(request, access, window),
    after: (request, reply) => withRateHeaders(request, reply, { window, staticToken: accessToken }),
    routes: [
      ...accountRoutes(account, onUninstall),
      ...oauthRoutes(app, tokens),
      ...journalRoutes,
      ...stateRoutes(options, state, ledger),
    ],
  })
  return {
    ...server,
    ...state,
    journal,
    expireToken() {
      access.isStaticExpired = true
    },
  }
}

type State = Omit<HubspotSandbox, keyof SandboxServer | 'journal' | 'expireToken'>

function createState(options: HubspotSandboxOptions, ledger: LedgerEntry[], hubId: number): State {
  const lists = createListStore(options.clock, ledger)
  const records = createRecords(options, ledger, lists)
  const { clock, requiredProperties = [], importMs = 60_000 } = options
  return {
    ...records,
    imports: createImportStore(clock, ledger, { contacts: records.contacts, requiredProperties, importMs }),
    lists,
    links: createLinkStore(),
    consents: createConsentStore(options.clock, ledger),
    events: [],
    scopes: new Set(allScopes),
    searchIndex: { lagMs: 0 },
    app: createApp(hubId),
  }
}

function stateRoutes(options: HubspotSandboxOptions, state: State, ledger: LedgerEntry[]): SandboxRoute[] {
  const { clock, requiredProperties = [] } = options
  const { contacts, companies, deals } = state
  return [
    ...[contacts, companies, deals].flatMap((store) => [
      ...propertyRoutes(store, ledger),
      recordSearchRoute(store, state.searchIndex, clock),
      recordListRoute(store),
      recordBatchReadRoute(store),
    ]),
    ...importRoutes(state.imports),
    ...contactBatchRoutes(contacts, requiredProperties),
    ...contactRoutes(contacts, requiredProperties),
    ...listRoutes(state.lists, contacts),
    ...consentRoutes(state.consents),
    ...eventRoutes(state.events, () => clock.now()),
    associationRoute(state.links),
  ]
}

function createApp(hubId: number): SandboxApp {
  return {
    clientId: 'sandbox-client',
    clientSecret: 'sandbox-secret',
    refreshTokens: new Set(['sandbox-refresh']),
    hubId,
    grantedScopes: [...allScopes],
  }
}

function createRecords(
  options: HubspotSandboxOptions,
  ledger: LedgerEntry[],
  lists: ListStore,
): Record<'contacts' | 'companies' | 'deals', RecordStore> {
  const { clock } = options
  const nobody = { onGone: () => undefined, onMerged: () => undefined }
  const create = (type: RecordStore['type']): RecordStore => {
    const hooks = type === 'contacts' ? lists : nobody
    const store = new RecordStore(clock, ledger, hooks, { type, definitions: standardProperties(type) })
    if (type === 'contacts')
      for (const name of options.uniqueProperties ?? [])
        store.definitions.set(name, textProperty(name, { hasUniqueValue: true }))
    for (const { id, properties } of options[type] ?? [])
      store.create(properties, { id, at: clock.now() - dayMs })
    return store
  }
  return { contacts: create('contacts'), companies: create('companies'), deals: create('deals') }
}

function createWindow(options: HubspotSandboxOptions, timeZone: string): RateWindow | undefined {
  const { clock, limits = 'published' } = options
  if (limits === 'off') return undefined
  return createRateWindow(clock, { ...publishedLimits, ...(limits === 'published' ? {} : limits) }, timeZone)
}

interface Access {
  readonly staticToken: string
  isStaticExpired: boolean
  readonly tokens: TokenStore
  /** Scopes of the static token. */
  readonly scopes: ReadonlySet<string>
}

const isJournal = ({ path }: SandboxRequest): boolean => path.startsWith('/webhooks-journal/')

/** Needs no bearer: tokens are asked for by client id and secret, journal downloads are signed by their address. */
const isOpen = ({ path }: SandboxRequest): boolean =>
  path.startsWith('/oauth/') || path.startsWith('/journal-files/')

function refuse(
  request: SandboxRequest,
  access: Access,
  window: RateWindow | undefined,
): SandboxReply | undefined {
  if (isOpen(request)) return undefined
  const scopes = readScopes(request, access)
  if ('status' in scopes) return scopes
  // The journal is exempt from burst and daily limits (chapter 1.5).
  return (isJournal(request) ? undefined : refuseRate(request, window)) ?? refuseScope(request, scopes)
}

/** The scopes of the bearer, or the 401 that it deserves. The journal wants the app's own token (chapter 1.6). */
function readScopes(request: SandboxRequest, access: Access): ReadonlySet<string> | SandboxReply {
  const bearer = /^Bearer (.+)$/.exec(request.headers['authorization'] ?? '')?.[1] ?? ''
  const wanted = isJournal(request) ? 'app' : 'account'
  const isStatic = bearer === access.staticToken
  const token = isStatic
    ? { kind: 'account', isExpired: access.isStaticExpired, scopes: access.scopes }
    : access.tokens.look(bearer)
  if (token?.kind !== wanted)
    return hubspotError(401, {
      category: 'INVALID_AUTHENTICATION',
      message: 'Authentication credentials not found or not valid.',
    })
  if (!token.isExpired) return new Set(token.scopes)
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

/** Object search sends no rate headers (chapter 1.3), and tokens of OAuth apps hear nothing of the day (chapter 1.5). */
function withRateHeaders(
  request: SandboxRequest,
  reply: SandboxReply,
  { window, staticToken }: { readonly window: RateWindow | undefined; readonly staticToken: string },
): SandboxReply {
  if (!window || isSearch(request) || isJournal(request) || isOpen(request)) return reply
  const isStatic = request.headers['authorization'] === `Bearer ${staticToken}`
  const headers = Object.entries(window.headers()).filter(([name]) => isStatic || !name.includes('-daily'))
  return { ...reply, headers: { ...Object.fromEntries(headers), ...reply.headers } }
}

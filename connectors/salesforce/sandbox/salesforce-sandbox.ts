/**
 * A local server that behaves as a Salesforce org does for what the connector uses: built from the platform notes, not from our
 * client. It has one org with records, refuses what Salesforce refuses, and keeps a ledger of all it accepted. Addresses and headers
 * above 16,384 bytes are refused with 431 by Node's own server, whose limit is the same.
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
import { createApiLimits, type ApiLimits } from './api-limits.ts'
import { bulkRoutes } from './bulk-routes.ts'
import { ChangeStream } from './change-stream.ts'
import { collectionRoutes } from './collection-routes.ts'
import { createCometd, type Cometd } from './cometd-routes.ts'
import { Org } from './org.ts'
import { createQueryRoutes } from './query-routes.ts'
import type { ObjectName } from './record-id.ts'
import { allRights, recordRoutes, type ObjectRights } from './record-routes.ts'
import { noSession } from './salesforce-error.ts'
import { TokenStore, type SandboxApp } from './token-store.ts'
import { CustomFields } from './tooling-routes.ts'

export interface SalesforceSandboxOptions {
  readonly clock: Clock
  /** 0 or absent: any free port. */
  readonly port?: number
  readonly app?: Partial<SandboxApp>
  readonly orgId?: string
  /** External id fields on contacts and leads. Default: "Hub_Person_Id__c". */
  readonly externalIds?: readonly string[]
  readonly personAccounts?: boolean
  /** "published" (default): 100,000 calls in a rolling day. "off": no limit and no header. */
  readonly limits?: 'published' | 'off' | { readonly daily: number }
  /** Rows of a query page; the default is Salesforce's own 2,000. */
  readonly queryPageSize?: number
  /** Objects that Change Data Capture is switched on for. Default: none, as in a new org. */
  readonly changeEntities?: readonly ObjectName[]
  /** Change events that may be delivered in a day. Default 10,000. */
  readonly dailyEvents?: number
  /** How long a Bulk API job takes, by the clock. Default 3,000. */
  readonly bulkJobMs?: number
}

/** The running sandbox, with its state for tests and demos to look at and to move. */
export interface SalesforceSandbox extends SandboxServer {
  readonly org: Org
  readonly tokens: TokenStore
  readonly rights: ObjectRights
  readonly changes: ChangeStream
  readonly cometd: Cometd
  readonly customFields: CustomFields
  /** Absent when limits are off. */
  readonly apiLimits: ApiLimits | undefined
  /** Query pages that were promised are gone. */
  forgetCursors(): void
}

const defaultApp: SandboxApp = {
  clientId: 'consumer-key',
  clientSecret: 'consumer-secret',
  username: 'hub@example.com',
}
const publishedDaily = 100_000
/** The integration user. */
const hubUser = '0055g000009ABCDAA4'

/** Starts the sandbox on 127.0.0.1. */
export async function startSalesforceSandbox(options: SalesforceSandboxOptions): Promise<SalesforceSandbox> {
  const { clock } = options
  const ledger: LedgerEntry[] = []
  const place = { url: '' }
  const changes = new ChangeStream({
    clock,
    ...(options.changeEntities && { selected: options.changeEntities }),
  })
  const org = new Org({
    clock,
    onChange: (change) => changes.note(change),
    ledger,
    externalIds: options.externalIds ?? ['Hub_Person_Id__c'],
    personAccounts: options.personAccounts ?? false,
  })
  const tokens = new TokenStore({
    clock,
    app: { ...defaultApp, ...options.app },
    orgId: options.orgId ?? '00D5g000004ABCDEA4',
    userId: hubUser,
    instanceUrl: () => place.url,
  })
  const { routes, ...parts } = createParts(options, { org, changes, tokens })
  const server = await startSandboxServer({
    clock,
    ledger,
    ...(options.port !== undefined && { port: options.port }),
    before(request) {
      changes.actAs(tagOf(request), hubUser)
      return refuse(request, tokens, parts.apiLimits)
    },
    after(request, reply) {
      changes.actAs(undefined, hubUser)
      return withHeaders(request, reply, { clock, apiLimits: parts.apiLimits })
    },
    routes,
  })
  place.url = server.url
  return { ...server, ...parts, org, tokens, changes }
}

type Parts = Pick<SalesforceSandbox, 'rights' | 'apiLimits' | 'cometd' | 'customFields' | 'forgetCursors'>

function createParts(
  options: SalesforceSandboxOptions,
  { org, changes, tokens }: Pick<SalesforceSandbox, 'org' | 'changes' | 'tokens'>,
): Parts & { readonly routes: readonly SandboxRoute[] } {
  const { clock, limits = 'published', dailyEvents } = options
  const rights = allRights()
  const daily = typeof limits === 'object' ? limits.daily : publishedDaily
  const apiLimits = limits === 'off' ? undefined : createApiLimits(clock, daily)
  const cursors = createQueryRoutes(org, clock, options.queryPageSize)
  const cometd = createCometd({
    clock,
    changes,
    accepts: (authorization) => tokens.accepts(bearerOf(authorization)),
    ...(dailyEvents !== undefined && { dailyEvents }),
  })
  const customFields = new CustomFields(org)
  const routes = [
    ...tokens.routes,
    ...customFields.routes,
    ...cometd.routes,
    ...cursors.routes,
    ...(apiLimits?.routes ?? createApiLimits(clock, publishedDaily).routes),
    ...collectionRoutes(org),
    ...recordRoutes(org, rights),
    ...bulkRoutes({ org, clock, jobMs: options.bulkJobMs ?? 3000 }),
  ]
  return { rights, apiLimits, cometd, customFields, forgetCursors: () => cursors.forget(), routes }
}

const isData = ({ path }: SandboxRequest): boolean => path.startsWith('/services/data/')

const bearerOf = (authorization: string): string => /^Bearer (.+)$/.exec(authorization)?.[1] ?? ''

const tagOf = ({ headers }: SandboxRequest): string | undefined =>
  /client=([^;,\s]+)/.exec(headers['sforce-call-options'] ?? '')?.[1]

function refuse(
  request: SandboxRequest,
  tokens: TokenStore,
  apiLimits: ApiLimits | undefined,
): SandboxReply | undefined {
  if (!isData(request)) return undefined
  return tokens.accepts(bearerOf(request.headers['authorization'] ?? '')) ? apiLimits?.admit() : noSession()
}

/** Every answer tells the time by the org's clock; those of the data API also what is used of the day. */
function withHeaders(
  request: SandboxRequest,
  reply: SandboxReply,
  { clock, apiLimits }: { readonly clock: Clock; readonly apiLimits: ApiLimits | undefined },
): SandboxReply {
  const date = new Date(clock.now()).toUTCString()
  return { ...reply, headers: { date, ...(isData(request) && apiLimits?.headers()), ...reply.headers } }
}

import type { Clock } from '../../../core/port/clock.ts'
import { startSandboxServer, type SandboxServer } from '../../sandbox-kit/sandbox-server.ts'
import { createLimits, refuseAtGate } from './gate.ts'
import { startGrpcServer, type GrpcServer } from './grpc-server.ts'
import { memberRoutes } from './member-routes.ts'
import type { AdsFault } from './rpc-error.ts'
import type {
  ReportRow,
  SandboxAccount,
  SandboxBudget,
  SandboxCriterion,
  SandboxJob,
  SandboxList,
  SandboxLookalike,
} from './sandbox-account.ts'
import { searchRoutes } from './search-routes.ts'
import { tokenRoutes, type SandboxClient, type TokenSwitches } from './token-routes.ts'
import { settleUploads } from './uploads.ts'
import { userListRoutes } from './user-list-routes.ts'

export interface GoogleAdsSandboxOptions {
  readonly clock: Clock
  readonly port?: number
  /** Ten digits. Default "1234567890". */
  readonly customerId?: string
  /** Manager account through which alone access is given. Default: access is direct. */
  readonly managerId?: string
  /** Default: client "sandbox-client", secret "sandbox-secret", refresh token "sandbox-refresh". */
  readonly client?: SandboxClient
  /** Default true. */
  readonly termsAccepted?: boolean
  /** True for an account that Google still lets upload by `OfflineUserDataJob`. Default false, as for every new one. */
  readonly oldPathAllowed?: boolean
  /** ISO 4217; default "EUR". */
  readonly currency?: string
  /** Default "Europe/Paris". */
  readonly timeZone?: string
  /** Default `published`; `off` neither counts nor refuses. */
  readonly limits?: 'published' | 'off'
  /** Rows in a page of a report; default Google's 10,000. */
  readonly pageSize?: number
  /** Also starts the gRPC server for changes. Default false: loading Google's protos takes half a second. */
  readonly changes?: boolean
}

/** The servers, what they hold, and their switches. */
export interface GoogleAdsSandbox extends SandboxServer {
  /** Address of the gRPC server; empty without `changes`. */
  readonly grpcUrl: string
  readonly grpcCalls: GrpcServer['calls']
  /** By id; uploads whose time has come are worked off first. */
  readonly lists: ReadonlyMap<string, SandboxList>
  readonly budgets: Map<string, SandboxBudget>
  readonly criteria: SandboxCriterion[]
  readonly lookalikes: readonly SandboxLookalike[]
  /** Jobs of the old upload path, by resource name. */
  readonly jobs: ReadonlyMap<string, SandboxJob>
  /** Adds rows to a report: flat, by GAQL names. */
  seedRows(resource: string, rows: readonly ReportRow[]): void
  /** Accepts or withdraws the Customer Match terms. */
  acceptTerms(accepted: boolean): void
  allowlist(allowed: boolean): void
  /** Makes the refresh token dead. */
  revokeRefreshToken(): void
  /** Ends all access tokens now. */
  expireTokens(): void
  setMatchRate(percentage: number): void
  /** Uploads that end from now on fail with this reason; undefined: they do not. */
  failUploads(reason: string | undefined): void
  /** As if a person had deleted it in Google Ads. */
  deleteList(id: string): void
  closeList(id: string): void
  /** The next change is refused so. */
  failNextChange(fault: AdsFault): void
  /** The next request with people for a job has these places refused, as a partial failure. */
  refuseOperations(places: readonly number[], name: string): void
  /** The next call of a gRPC method is carried out, and its answer lost. */
  loseNextAnswer(method: string): void
}

const defaultClient: SandboxClient = {
  clientId: 'sandbox-client',
  clientSecret: 'sandbox-secret',
  refreshToken: 'sandbox-refresh',
}

/** Where access itself is asked for and ended. */
const tokenPaths: ReadonlySet<string> = new Set(['/token', '/revoke', '/o/oauth2/v2/auth'])

/** Starts local servers that behave as the parts of Google's APIs that lists, reports and targeting need. */
export async function startGoogleAdsSandbox(options: GoogleAdsSandboxOptions): Promise<GoogleAdsSandbox> {
  const account = createAccount(options)
  const tokens: TokenSwitches = { revoked: false, issued: 0, subject: 'person-1' }
  const limits = options.limits === 'off' ? undefined : createLimits(account)
  const server = await startSandboxServer({
    clock: options.clock,
    ...(options.port !== undefined && { port: options.port }),
    routes: [
      ...tokenRoutes(account, options.client ?? defaultClient, tokens),
      ...userListRoutes(account),
      ...memberRoutes(account),
      ...searchRoutes(account),
    ],
    ledger: account.ledger,
    before(request) {
      settleUploads(account)
      if (tokenPaths.has(request.path)) return undefined
      return limits?.refuse(request) ?? refuseAtGate(account, request)
    },
  })
  const grpc = options.changes ? await startGrpcServer(account) : undefined
  return {
    ...server,
    grpcUrl: grpc?.url ?? '',
    grpcCalls: grpc?.calls ?? [],
    get lists() {
      settleUploads(account)
      return account.lists
    },
    budgets: account.budgets,
    criteria: account.criteria,
    lookalikes: account.lookalikes,
    jobs: account.jobs,
    ...createSwitches(account, tokens),
    async close() {
      grpc?.close()
      await server.close()
    },
  }
}

function createAccount(options: GoogleAdsSandboxOptions): SandboxAccount {
  return {
    customerId: options.customerId ?? '1234567890',
    managerId: options.managerId,
    currency: options.currency ?? 'EUR',
    timeZone: options.timeZone ?? 'Europe/Paris',
    clock: options.clock,
    ledger: [],
    lists: new Map(),
    uploads: new Map(),
    jobs: new Map(),
    rows: new Map(),
    budgets: new Map(),
    criteria: [],
    lookalikes: [],
    tokens: new Map(),
    changeFaults: [],
    refusedOperations: undefined,
    lostAnswers: [],
    termsAccepted: options.termsAccepted ?? true,
    allowlisted: true,
    oldPathAllowed: options.oldPathAllowed ?? false,
    matchRate: 100,
    failUploads: undefined,
    pageSize: options.pageSize ?? 10_000,
    // Above 2^53: who reads ids as numbers loses the last digits (trap 13).
    next: 9_007_199_254_740_993n,
  }
}

type Switches = Pick<
  GoogleAdsSandbox,
  | 'seedRows'
  | 'acceptTerms'
  | 'allowlist'
  | 'revokeRefreshToken'
  | 'expireTokens'
  | 'setMatchRate'
  | 'failUploads'
  | 'deleteList'
  | 'closeList'
  | 'failNextChange'
  | 'refuseOperations'
  | 'loseNextAnswer'
>

function createSwitches(account: SandboxAccount, tokens: TokenSwitches): Switches {
  return {
    seedRows(resource, rows) {
      account.rows.set(resource, [...(account.rows.get(resource) ?? []), ...rows])
    },
    acceptTerms(accepted) {
      account.termsAccepted = accepted
    },
    allowlist(allowed) {
      account.allowlisted = allowed
    },
    revokeRefreshToken() {
      tokens.revoked = true
    },
    expireTokens() {
      account.tokens.clear()
    },
    setMatchRate(percentage) {
      account.matchRate = percentage
    },
    failUploads(reason) {
      account.failUploads = reason
    },
    deleteList(id) {
      account.lists.delete(id)
    },
    closeList(id) {
      const list = account.lists.get(id)
      if (list) list.membershipStatus = 'CLOSED'
    },
    failNextChange(fault) {
      account.changeFaults.push(fault)
    },
    refuseOperations(places, name) {
      account.refusedOperations = { places, name }
    },
    loseNextAnswer(method) {
      account.lostAnswers.push(method)
    },
  }
}

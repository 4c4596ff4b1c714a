import type { Clock } from '../../../core/port/clock.ts'
import { startSandboxServer, type SandboxServer } from '../../sandbox-kit/sandbox-server.ts'
import { accountRoutes } from './account-routes.ts'
import { adSetRoutes } from './ad-set-routes.ts'
import { audienceRoutes } from './audience-routes.ts'
import { exchangeRoutes } from './exchange-routes.ts'
import { refuseAtGate, versionWarning } from './gate.ts'
import { insightRoutes } from './insight-routes.ts'
import type { SandboxInsight } from './insight-store.ts'
import { loginRoutes } from './login-routes.ts'
import { createSandboxAccount, type SandboxAccount } from './sandbox-account.ts'
import type { SandboxAudience } from './sandbox-audience.ts'
import { createThrottle, type AccessTier } from './throttle.ts'
import { userRoutes } from './user-routes.ts'

export interface MetaSandboxOptions {
  readonly clock: Clock
  readonly port?: number
  /** Default "sandbox-token". */
  readonly accessToken?: string
  /** Default "act_1234567890". */
  readonly adAccountId?: string
  /** When given, each call must carry appsecret_proof. */
  readonly appSecret?: string
  /** Default true. */
  readonly termsAccepted?: boolean
  /** Default `published`; `off` neither counts nor refuses. */
  readonly limits?: 'published' | 'off'
  /** Default `limited`. */
  readonly accessTier?: AccessTier
}

/** The server, what it holds, and its switches. */
export interface MetaSandbox extends SandboxServer {
  /** By id. */
  readonly audiences: ReadonlyMap<string, SandboxAudience>
  /** Targeting of each ad set, by id; an id begins with 1202. */
  readonly adSets: Map<string, Readonly<Record<string, unknown>>>
  /** Accepts or withdraws the Custom Audience terms. */
  acceptTerms(accepted: boolean): void
  /** All calls are refused with 190 and this subcode (463: expired); null lets them in again. */
  revokeToken(subcode: number | null): void
  setPermissions(permissions: readonly string[]): void
  /** Another person says yes in the browser, who has no right on the ad account. */
  signIn(person: string): void
  /** Removals that would leave fewer members are refused with 1870047. 0: none. */
  refuseRemovalsBelow(members: number): void
  /** Accepts or withdraws the terms of value-based audiences. */
  acceptValueTerms(accepted: boolean): void
  /** Writes are refused with 1870065. */
  disableAudience(id: string): void
  /** Another `operation_status`, with the fields that Meta flagged. */
  setAudienceStatus(id: string, code: number, flagged?: readonly string[]): void
  /** The next request of an exchange fails it (1870148). */
  failExchange(id: string): void
  /** As if it had 100 million people: it cannot be exchanged. */
  pretendHuge(id: string): void
  /** Adds lines to what reports find. */
  putInsights(lines: readonly SandboxInsight[]): void
  /** Reports of more lines are refused at once, or fail as a run. */
  limitReports(limits: { readonly atOnce?: number; readonly inRun?: number }): void
  /** As if the report runs had aged out. */
  forgetReports(): void
  /** As if a person had deleted it in Ads Manager. */
  deleteAudience(id: string): void
}

/** Starts a local server that behaves as the part of the Graph API which custom audiences need. */
export async function startMetaSandbox(options: MetaSandboxOptions): Promise<MetaSandbox> {
  const account = createSandboxAccount({
    id: options.adAccountId ?? 'act_1234567890',
    clock: options.clock,
    termsAccepted: options.termsAccepted ?? true,
  })
  const gate = { accessToken: options.accessToken ?? 'sandbox-token', appSecret: options.appSecret }
  const throttle =
    options.limits === 'off'
      ? undefined
      : createThrottle({
          clock: options.clock,
          accountId: account.id,
          tier: options.accessTier ?? 'limited',
          countAudiences: () => account.audiences.size,
        })
  const server = await startSandboxServer({
    clock: options.clock,
    ...(options.port !== undefined && { port: options.port }),
    routes: [
      ...loginRoutes(account, { id: '778', secret: gate.appSecret, accessToken: gate.accessToken }),
      ...accountRoutes(account),
      ...insightRoutes(account),
      ...adSetRoutes(account),
      ...audienceRoutes(account),
      ...userRoutes(account),
      ...exchangeRoutes(account),
    ],
    ledger: account.ledger,
    before: (request) => refuseAtGate(account, gate, request) ?? throttle?.refuse(request),
    after: (request, reply) => ({
      ...reply,
      headers: { ...throttle?.headers(request), ...versionWarning(account, request.path), ...reply.headers },
    }),
  })
  return { ...server, audiences: account.audiences, adSets: account.adSets, ...createSwitches(account) }
}

type Switches = Omit<MetaSandbox, keyof SandboxServer | 'audiences' | 'adSets'>

function createSwitches(account: SandboxAccount): Switches {
  return {
    acceptTerms(accepted) {
      account.termsAccepted = accepted
    },
    revokeToken(subcode) {
      account.revoked = subcode ?? undefined
    },
    setPermissions(permissions) {
      account.permissions = permissions
    },
    signIn(person) {
      account.person = person
    },
    refuseRemovalsBelow(members) {
      account.smallestAudience = members
    },
    acceptValueTerms(accepted) {
      account.valueTermsAccepted = accepted
    },
    disableAudience: (id) => setStatus(account, id, 471),
    setAudienceStatus: (id, code, flagged = []) => setStatus(account, id, code, flagged),
    failExchange: (id) => void account.failing.add(id),
    pretendHuge: (id) => void account.huge.add(id),
    putInsights(lines) {
      account.insights.lines.push(...lines)
    },
    limitReports({ atOnce, inRun }) {
      account.insights.mostAtOnce = atOnce ?? account.insights.mostAtOnce
      account.insights.mostInRun = inRun ?? account.insights.mostInRun
    },
    forgetReports() {
      account.insights.runs.clear()
    },
    deleteAudience(id) {
      account.audiences.delete(id)
    },
  }
}

function setStatus(account: SandboxAccount, id: string, code: number, flagged: readonly string[] = []): void {
  const audience = account.audiences.get(id)
  if (!audience) return
  audience.statusCode = code
  audience.flagged = flagged
}

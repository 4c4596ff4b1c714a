import type { SandboxReply, SandboxRequest } from '../../sandbox-kit/sandbox-server.ts'
import { createCallWindow } from './call-window.ts'
import { adsError, denied, rpcError, unauthenticated } from './rpc-error.ts'
import type { SandboxAccount } from './sandbox-account.ts'

const minuteMs = 60_000
const dayMs = 86_400_000

/** Versions of the Google Ads API that are served (chapter 3). Others get a page and 404 (trap 5). */
const served = new Set(['v22', 'v23', 'v24', 'v25'])

export interface Limits {
  refuse(request: SandboxRequest): SandboxReply | undefined
}

/** Published limits: Data Manager 300 a minute and 100,000 a day (chapter 2.4), Google Ads 15,000 operations in 24 hours (3.1). */
export function createLimits(account: SandboxAccount): Limits {
  const { clock } = account
  const minute = createCallWindow(clock, 300, minuteMs)
  const day = createCallWindow(clock, 100_000, dayMs)
  const operations = createCallWindow(clock, 15_000, dayMs)
  return {
    refuse(request) {
      if (request.path.startsWith('/v1/')) {
        if (!minute.take()) return exhausted('RequestsPerMinutePerProject', minute.msUntilFree())
        return day.take() ? undefined : exhausted('RequestsPerDayPerProject')
      }
      return operations.take() ? undefined : operationsExhausted()
    },
  }
}

function exhausted(quota: string, waitMs?: number): SandboxReply {
  return rpcError({
    http: 429,
    status: 'RESOURCE_EXHAUSTED',
    message: `Quota exceeded for quota metric 'Requests' and limit '${quota}'.`,
    reason: 'RESOURCE_EXHAUSTED',
    metadata: { quota_limit: quota },
    ...(waitMs !== undefined && { retrySeconds: Math.ceil(waitMs / 1000) }),
  })
}

const operationsExhausted = (): SandboxReply =>
  adsError({
    http: 429,
    status: 'RESOURCE_EXHAUSTED',
    category: 'quotaError',
    name: 'RESOURCE_EXHAUSTED',
    message: 'Too many requests. Retry in 3600 seconds.',
    retrySeconds: 3600,
  })

/** What each call but the token's must pass: a version, a token, and access through the right account. */
export function refuseAtGate(account: SandboxAccount, request: SandboxRequest): SandboxReply | undefined {
  if (request.path === '/token') return undefined
  const ads = /^\/(v\d+)\/customers\//.exec(request.path)
  if (ads && !served.has(ads[1] ?? ''))
    return { status: 404, body: '<!DOCTYPE html><html><title>Error 404 (Not Found)!!1</title></html>' }
  if (!isTokenGood(account, request.headers['authorization'])) return unauthenticated()
  return ads ? refuseAdsAccess(account, request.headers) : refuseListAccess(account, request)
}

/** True for a token that was issued and has not ended. */
export function isTokenGood(account: SandboxAccount, authorization: string | undefined): boolean {
  const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? ''
  return (account.tokens.get(token) ?? 0) > account.clock.now()
}

/** Trap 8: access through a manager that is not named. */
export function refuseAdsAccess(
  account: SandboxAccount,
  headers: Readonly<Record<string, string>>,
): SandboxReply | undefined {
  if (headers['login-customer-id'] === account.managerId) return undefined
  return adsError({
    http: 403,
    status: 'PERMISSION_DENIED',
    category: 'authorizationError',
    name: 'USER_PERMISSION_DENIED',
    message:
      "User doesn't have permission to access customer. Note: If you're accessing a client customer, the manager's customer id must be set in the 'login-customer-id' header.",
  })
}

/** Methods on lists name the manager in a header (chapter 2.1). */
function refuseListAccess(account: SandboxAccount, request: SandboxRequest): SandboxReply | undefined {
  const called = /^\/v1\/accountTypes\/GOOGLE_ADS\/accounts\/([^/]+)/.exec(request.path)?.[1]
  if (called === undefined) return undefined
  const manager =
    account.managerId === undefined ? undefined : `accountTypes/GOOGLE_ADS/accounts/${account.managerId}`
  if (called === account.customerId && request.headers['login-account'] === manager) return undefined
  return denied('PERMISSION_DENIED', 'The caller does not have permission on the account.')
}

import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Clock } from '../../core/port/clock.ts'

/** What one caller may take of the hub. */
export interface BudgetLimits {
  /** Requests a second that a caller may keep up. */
  readonly perSecond: number
  /** Requests that may come at once after a pause. */
  readonly burst: number
  /** Heavy requests under way at one time: of one caller, and of all. */
  readonly heavyEach: number
  readonly heavyAll: number
}

const requestLimits: BudgetLimits = { perSecond: 300, burst: 600, heavyEach: 4, heavyAll: 8 }

/** Callers that are remembered; who was quiet longest is forgotten first. */
const mostCallers = 10_000

interface Account {
  tokens: number
  at: number
  heavy: number
}

/** Keeps one caller from taking the hub away from the others. */
export interface RequestBudget {
  /** Takes one request; hands back what ends it. Throws `api.too_many_requests`. */
  enter(caller: string, cost: 'light' | 'heavy'): () => void
}

/** Counts requests by caller: a bucket of tokens that fills again, and what is heavy by number under way. */
export function createRequestBudget(clock: Clock, limits: BudgetLimits = requestLimits): RequestBudget {
  const accounts = new Map<string, Account>()
  let heavy = 0

  function accountOf(caller: string): Account {
    const now = clock.now()
    const known = accounts.get(caller)
    accounts.delete(caller)
    const account = known ?? { tokens: limits.burst, at: now, heavy: 0 }
    const filled = account.tokens + (Math.max(0, now - account.at) / 1000) * limits.perSecond
    account.tokens = Math.min(limits.burst, filled)
    account.at = now
    accounts.set(caller, account)
    if (accounts.size > mostCallers) forgetOldest(accounts)
    return account
  }

  return {
    enter(caller, cost) {
      const account = accountOf(caller)
      const isHeavy = cost === 'heavy'
      const isFull = isHeavy && (account.heavy >= limits.heavyEach || heavy >= limits.heavyAll)
      if (account.tokens < 1 || isFull) throw new AffluentError('api.too_many_requests')
      account.tokens -= 1
      if (!isHeavy) return () => undefined
      account.heavy += 1
      heavy += 1
      return () => {
        account.heavy -= 1
        heavy -= 1
      }
    },
  }
}

function forgetOldest(accounts: Map<string, Account>): void {
  for (const [caller, { heavy }] of accounts) {
    if (heavy > 0) continue
    accounts.delete(caller)
    return
  }
}

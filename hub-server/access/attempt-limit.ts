import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import { toNetwork } from '../../core/network/client-network.ts'
import { nameKey } from '../store/name-key.ts'
import { sha256 } from '../store/sha256.ts'

/** Wrong attempts within a time, in seconds: of one account from anywhere, and of one address against any account. */
const limits = {
  account: { points: 10, duration: 900 },
  address: { points: 50, duration: 900 },
} as const

/** Bounds how often somebody may guess. Counts alike for accounts that do not exist. */
export interface AttemptLimit {
  /** Throws `api.too_many_requests` with `retry_after`, in seconds, when either has no attempt left; else takes one from both. */
  take(name: string, address: string): Promise<void>
  /** The same for what is not an account's: links, and sign-ins elsewhere. */
  takeFrom(address: string): Promise<void>
  /** Gives the account's attempts back, after a right one. */
  forgive(name: string): Promise<void>
}

export function createAttemptLimit(): AttemptLimit {
  const account = new RateLimiterMemory({ keyPrefix: 'account', ...limits.account })
  const address = new RateLimiterMemory({ keyPrefix: 'address', ...limits.address })
  return {
    async take(name, from) {
      await takeOne(address, toNetwork(from, 'guess'))
      await takeOne(account, toKey(name))
    },
    takeFrom: (from) => takeOne(address, toNetwork(from, 'guess')),
    async forgive(name) {
      await account.delete(toKey(name))
    },
  }
}

async function takeOne(limiter: RateLimiterMemory, key: string): Promise<void> {
  try {
    await limiter.consume(key)
  } catch (refused) {
    if (!(refused instanceof RateLimiterRes)) throw refused
    const seconds = Math.max(1, Math.ceil(refused.msBeforeNext / 1000))
    throw new AffluentError('api.too_many_requests', { retry_after: seconds })
  }
}

/** Of one length, whatever was typed. */
const toKey = (name: string): string => sha256(nameKey(name))

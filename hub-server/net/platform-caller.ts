import type { RateBudget } from '../../core/connector/rate-budget.ts'
import { AffluentError, PlatformError } from '../../core/errors/affluent-error.ts'
import type { Clock, Random } from '../../core/port/clock.ts'
import type { Logger } from '../../core/port/logger.ts'
import type { CallPlatform, PlatformCall, PlatformReply } from '../../core/port/platform-caller.ts'
import { decideRetry } from '../../core/sync/retry.ts'
import type { CredentialsKeeper, TokenUsage } from './credentials-keeper.ts'
import type { LimiterCluster } from './limiter-cluster.ts'
import { createRateLimiter, type RateLimiter } from './rate-limiter.ts'
import { readRetryAfterMs } from './read-retry-after.ts'
import type { Turn } from './turn-queue.ts'
import { createUnpacedLimiter } from './unpaced-limiter.ts'
import { isInteractive } from './urgency.ts'

const defaultTimeoutMs = 60_000
/** How long a platform that answered none of five requests is asked only once a call: nobody waits for it again and again. */
const silentForMs = 10 * 60_000

/** Whether the platform answers at all. */
interface Peer {
  silentUntil: number
}

export interface PlatformCallerOptions {
  readonly connection: string
  readonly budgets: readonly RateBudget[]
  /** False: only the platform's own refusals slow us down. For sandboxes whose limits are off. Default true. */
  readonly pacing?: boolean
  /** The Redis that several hubs keep the budgets of one account in. Default: this process has them alone. */
  readonly cluster?: LimiterCluster
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Ends every wait and every request. */
  readonly signal: AbortSignal
  /** Renewable access: a refused token is renewed once and the request is sent again. */
  readonly credentials?: CredentialsKeeper
  /** Sees each request once it was sent: counters. */
  readonly onCall?: (call: PlatformCall) => void
}

/**
 * The hub's only way out to a platform, one for each connection. Layers, outermost first: retry by kind of error, budget, log,
 * time-out, send, classify. What it throws at the end is the connector's `PlatformError`.
 */
export function createPlatformCaller(options: PlatformCallerOptions): CallPlatform {
  const limiters = new Map(options.budgets.map((budget) => [budget.name, createLimiter(budget, options)]))
  const peer: Peer = { silentUntil: 0 }
  return async (call) => {
    const limiter = limiters.get(call.budget)
    if (!limiter)
      throw new AffluentError('internal.unexpected', { act: `choosing the budget "${call.budget}"` })
    let renewed = false
    for (let attempt = 1; ; attempt += 1) {
      const usage: TokenUsage = {}
      const answer = await limiter.schedule(toTurn(call, options), () => attemptCall(call, options, usage))
      if (answer.error === undefined) {
        peer.silentUntil = 0
        limiter.accepted(answer.reply.headers)
        return answer.reply
      }
      if (!renewed && (await renewAccess(answer.error, usage, options))) {
        renewed = true
        continue
      }
      await waitOrThrow(answer.error, { call, attempt, limiter, options, peer })
    }
  }
}

function createLimiter(budget: RateBudget, options: PlatformCallerOptions): RateLimiter {
  const { clock, connection, cluster, pacing = true } = options
  if (!pacing) return createUnpacedLimiter(budget, clock)
  return createRateLimiter({
    budget,
    clock,
    ...(cluster && { cluster: { cluster, key: `${connection}/${budget.name}` } }),
  })
}

const toTurn = (call: PlatformCall, { signal }: PlatformCallerOptions): Turn => ({
  cost: call.cost ?? 1,
  interactive: isInteractive(),
  longestMs: call.timeoutMs ?? defaultTimeoutMs,
  signal,
})

type Answer =
  | { readonly reply: PlatformReply; readonly error?: undefined }
  | { readonly error: PlatformError }

/** A refused token was not used for anything, so the request may be sent again. A second refusal is for a person to mend. */
async function renewAccess(
  error: PlatformError,
  { token }: TokenUsage,
  { credentials }: PlatformCallerOptions,
): Promise<boolean> {
  if (error.code !== 'platform.auth_expired' || !credentials || token === undefined) return false
  await credentials.renew(token)
  return true
}

async function attemptCall(
  call: PlatformCall,
  options: PlatformCallerOptions,
  usage: TokenUsage,
): Promise<Answer> {
  const startedAt = options.clock.now()
  const log = (status: number, code?: string): void =>
    options.logger.debug('platform_called', {
      connection: options.connection,
      act: call.act,
      status,
      duration_ms: options.clock.now() - startedAt,
      ...(code !== undefined && { code }),
    })
  options.onCall?.(call)
  try {
    const send = (): Promise<PlatformReply> => sendInTime(call, options.signal)
    const reply = await (options.credentials?.track(usage, send) ?? send())
    const error = call.classify(reply)
    log(reply.status, error?.code)
    return error ? { error: withRetryAfter(error, reply, options.clock.now()) } : { reply }
  } catch (thrown) {
    options.signal.throwIfAborted()
    const error = toPlatformError(thrown, call)
    log(0, error.code)
    return { error }
  }
}

/** No platform is asked sooner than its Retry-After says, whether its connector reads that header or not. */
function withRetryAfter(error: PlatformError, { headers }: PlatformReply, now: number): PlatformError {
  const told = readRetryAfterMs(headers, now)
  const { retryAfterMs = 0 } = error.wait
  if (error.rule.reaction !== 'wait' || told === undefined || told <= retryAfterMs) return error
  return new PlatformError(error.code, error.params, { retryAfterMs: told, cause: error })
}

/** SDKs without a signal cannot be cancelled: the race gives the call up, and its late answer is ignored. */
async function sendInTime(call: PlatformCall, stop: AbortSignal): Promise<PlatformReply> {
  const timeoutMs = call.timeoutMs ?? defaultTimeoutMs
  const timeout = AbortSignal.timeout(timeoutMs)
  const signal = AbortSignal.any([stop, timeout])
  const givenUp = Promise.withResolvers<never>()
  const giveUp = (): void =>
    givenUp.reject(new PlatformError('platform.timed_out', { act: call.act, seconds: timeoutMs / 1000 }))
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    return await Promise.race([call.send(signal), givenUp.promise])
  } catch (thrown) {
    if (!timeout.aborted || thrown instanceof PlatformError) throw thrown
    throw new PlatformError(
      'platform.timed_out',
      { act: call.act, seconds: timeoutMs / 1000 },
      { cause: thrown },
    )
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

function toPlatformError(thrown: unknown, call: PlatformCall): PlatformError {
  if (thrown instanceof PlatformError) return thrown
  if (thrown instanceof AffluentError) throw thrown
  const code = isTooLarge(thrown) ? 'platform.answer_too_large' : 'platform.transient'
  return new PlatformError(code, { act: call.act, said: networkFault(thrown) }, { cause: thrown })
}

/** undici wraps the reason: fetch says "fetch failed" or "terminated", the cause says why. */
function networkFault(thrown: unknown): string {
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown
  if (!(cause instanceof Error)) return 'network fault'
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name
}

const isTooLarge = (thrown: unknown): boolean => networkFault(thrown) === 'UND_ERR_RES_EXCEEDED_MAX_SIZE'

interface FailedAttempt {
  readonly call: PlatformCall
  readonly attempt: number
  readonly limiter: RateLimiter
  readonly options: PlatformCallerOptions
  readonly peer: Peer
}

async function waitOrThrow(error: PlatformError, failed: FailedAttempt): Promise<void> {
  const { call, attempt, limiter, options } = failed
  const now = options.clock.now()
  const refused = error.rule.reaction === 'wait'
  // A refusal was not carried out, so it may always be repeated; a lost answer only where repeating changes nothing.
  if (!refused && call.repeatable !== true) throw error
  const decision = decideRetry(error, attempt, options.random, { now, ...patienceWith(error, failed) })
  if (decision.kind === 'park') {
    throw new PlatformError('platform.quota_exhausted', error.params, { until: decision.until, cause: error })
  }
  if (decision.kind === 'give_up') {
    if (error.code === 'platform.timed_out') failed.peer.silentUntil = now + silentForMs
    throw error
  }
  options.logger.warn('platform_call_retried', {
    connection: options.connection,
    act: call.act,
    code: error.code,
    attempt,
    wait_ms: decision.waitMs,
  })
  if (refused) limiter.refused(decision.waitMs)
  else await options.clock.sleep(decision.waitMs, options.signal)
}

/** One try for a platform that was silent a short while ago; as many as ever for one that answers. */
function patienceWith(
  error: PlatformError,
  { peer, options }: FailedAttempt,
): { readonly maxAttempts?: number } {
  const isSilent = error.code === 'platform.timed_out' && options.clock.now() < peer.silentUntil
  return isSilent ? { maxAttempts: 1 } : {}
}

import type { QuotaReading, RateBudget } from '../../../core/connector/rate-budget.ts'
import type { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { Clock, Random } from '../../../core/port/clock.ts'
import type { Logger } from '../../../core/port/logger.ts'
import type { PlatformCall, PlatformReply } from '../../../core/port/platform-caller.ts'
import type { Telemetry } from '../../../core/port/telemetry.ts'
import type { CredentialsKeeper } from '../credentials-keeper.ts'
import type { LimiterCluster } from '../limiter-cluster.ts'
import type { RateLimiter } from '../rate-limiter.ts'

export interface PlatformCallerOptions {
  readonly connection: string
  /** Slug of the platform, for metrics. */
  readonly connector?: string
  readonly budgets: readonly RateBudget[]
  /** False: only the platform's own refusals slow us down. For sandboxes whose limits are off. Default true. */
  readonly pacing?: boolean
  /** The Redis that several hubs keep the budgets of one account in. Default: this process has them alone. */
  readonly cluster?: LimiterCluster
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Default: nobody is told. */
  readonly telemetry?: Telemetry
  /** Ends every wait and every request. */
  readonly signal: AbortSignal
  /** Renewable access: a refused token is renewed once and the request is sent again. */
  readonly credentials?: Pick<CredentialsKeeper, 'track' | 'renew'>
  /** Hears what the platform tells of its quotas. */
  readonly onQuota?: (budget: string, reading: QuotaReading) => void
  /** Sees each request before it is sent: counters. */
  readonly onCall?: (call: PlatformCall) => void
}

/** What the layers of one connection share. */
export interface CallContext extends Omit<PlatformCallerOptions, 'budgets' | 'pacing' | 'cluster'> {
  readonly telemetry: Telemetry
  readonly limiters: ReadonlyMap<string, RateLimiter>
  /** As the connector declares them, by name. */
  readonly budgets: ReadonlyMap<string, RateBudget>
  /** Until when the platform counts as one that does not answer, epoch milliseconds. */
  readonly peer: { silentUntil: number }
}

/** A call on its way out, as the layers hand it on. */
export interface CallRequest {
  readonly call: PlatformCall
  /** From 1. */
  readonly attempt: number
  readonly signal: AbortSignal
}

/** What came of one attempt. `status` is 0 where no answer came. */
export type CallAnswer =
  | { readonly status: number; readonly reply: PlatformReply; readonly error?: undefined }
  | { readonly status: number; readonly error: PlatformError }

export type SendCall = (request: CallRequest) => Promise<CallAnswer>

/** Wraps the layers inside of it. A layer does one thing and knows no other. */
export type CallLayer = (next: SendCall, context: CallContext) => SendCall

/** The longest a call may take that names no time of its own. */
export const defaultTimeoutMs = 60_000

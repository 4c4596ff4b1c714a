import type { RateBudget } from '../../core/connector/rate-budget.ts'
import type { CallPlatform } from '../../core/port/platform-caller.ts'
import { silentTelemetry } from '../../core/port/telemetry.ts'
import type { CallContext, PlatformCallerOptions, SendCall } from './call/call-layer.ts'
import { callLayers } from './call/call-layers.ts'
import { createSendOnce } from './call/send-once.ts'
import { createRateLimiter, type RateLimiter } from './rate-limiter.ts'
import { createUnpacedLimiter } from './unpaced-limiter.ts'

/**
 * The hub's only way out to a platform, one for each connection: the connector's own `send` inside of `callLayers`. What it throws at the
 * end is the connector's `PlatformError`.
 */
export function createPlatformCaller(options: PlatformCallerOptions): CallPlatform {
  const context: CallContext = {
    ...options,
    telemetry: options.telemetry ?? silentTelemetry,
    budgets: new Map(options.budgets.map((budget) => [budget.name, budget])),
    limiters: new Map(options.budgets.map((budget) => [budget.name, createLimiter(budget, options)])),
    peer: { silentUntil: 0 },
  }
  const send = callLayers.reduceRight<SendCall>(
    (next, layer) => layer(next, context),
    createSendOnce(options.clock),
  )
  return async (call) => {
    const answer = await send({ call, attempt: 1, signal: options.signal })
    if (answer.error) throw answer.error
    return answer.reply
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

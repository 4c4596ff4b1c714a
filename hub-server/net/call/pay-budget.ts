import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { PlatformCall } from '../../../core/port/platform-caller.ts'
import type { RateLimiter } from '../rate-limiter.ts'
import { isInteractive } from '../urgency.ts'
import { defaultTimeoutMs, type CallContext, type CallLayer } from './call-layer.ts'

/** Each request waits for its turn in the budget that it names; what went through lets the budget recover. */
export const payBudget: CallLayer = (next, context) => {
  return async (request) => {
    const { call, signal } = request
    const limiter = budgetOf(call, context)
    const turn = {
      cost: call.cost ?? 1,
      interactive: isInteractive(),
      longestMs: call.timeoutMs ?? defaultTimeoutMs,
      signal,
    }
    const answer = await limiter.schedule(turn, () => next(request))
    if (answer.error === undefined) limiter.accepted(answer.reply.headers)
    return answer
  }
}

/** The limiter of the budget that a call names. Throws `internal.unexpected` for a name that the connector has not declared. */
export function budgetOf({ budget }: PlatformCall, { limiters }: CallContext): RateLimiter {
  const limiter = limiters.get(budget)
  if (!limiter) throw new AffluentError('internal.unexpected', { act: `choosing the budget "${budget}"` })
  return limiter
}

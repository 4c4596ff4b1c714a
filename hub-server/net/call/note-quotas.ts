import type { QuotaReading, RateBudget } from '../../../core/connector/rate-budget.ts'
import type { CallLayer } from './call-layer.ts'

/** Windows from this length on are quotas that people watch over; shorter ones are spent and full again before anybody looks. */
const shortestQuotaMs = 3_600_000

/** What of its quotas the platform tells with each answer is handed on, for whoever watches over them. No call is made for it. */
export const noteQuotas: CallLayer = (next, { budgets, onQuota }) => {
  return async (request) => {
    const answer = await next(request)
    const budget = budgets.get(request.call.budget)
    if (budget && onQuota && answer.error === undefined)
      for (const reading of readQuotas(budget, answer.reply.headers)) onQuota(budget.name, reading)
    return answer
  }
}

function readQuotas(
  { limit, windowMs, readQuotas: told, readRemaining }: RateBudget,
  headers: Readonly<Record<string, string>>,
): readonly QuotaReading[] {
  if (told) return told(headers)
  const left = windowMs < shortestQuotaMs ? undefined : readRemaining?.(headers)
  return left === undefined ? [] : [{ windowMs, left, of: limit }]
}

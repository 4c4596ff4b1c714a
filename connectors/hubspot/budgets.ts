import type { RateBudget } from '../../core/connector/rate-budget.ts'

/** Which published burst limit a connection falls under. */
export const limitTiers = [
  'marketplace_app',
  'free_starter',
  'professional_enterprise',
  'limit_increase',
] as const
type LimitTier = (typeof limitTiers)[number]

/** Name of the budget that object searches are paid from. */
export const searchBudget = 'search'

const usagePage = 'https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines'

/**
 * Requests in ten seconds, as published. The hub keeps to nine tenths of it: other integrations of the account share the
 * private limits, and certification asks for fewer than 5 % refusals.
 */
const publishedBurst: Readonly<Record<LimitTier, number>> = {
  marketplace_app: 110,
  free_starter: 100,
  professional_enterprise: 190,
  limit_increase: 250,
}
const usableShare = 0.9

/** Published: 5 a second for the whole account, all apps and object types together; the answers carry no rate headers. */
const searchesPerSecond = 5

/** One burst budget per tier (the connection's `limit_tier` picks the one that is paid from), and that of object search. */
export const hubspotBudgets: readonly RateBudget[] = [
  ...limitTiers.map((tier) => ({
    name: tier,
    scope: tier === 'marketplace_app' ? ('account' as const) : ('app' as const),
    limit: Math.floor(publishedBurst[tier] * usableShare),
    windowMs: 10_000,
    source: usagePage,
    readRemaining,
  })),
  { name: searchBudget, scope: 'account', limit: searchesPerSecond, windowMs: 1000, source: usagePage },
]

/** What is left of the window or, when that is less, of the day. */
function readRemaining(headers: Readonly<Record<string, string>>): number | undefined {
  const left = ['x-hubspot-ratelimit-remaining', 'x-hubspot-ratelimit-daily-remaining'].flatMap((name) => {
    const value = headers[name]
    return value !== undefined && /^\d+$/.test(value) ? [Number(value)] : []
  })
  return left.length > 0 ? Math.min(...left) : undefined
}

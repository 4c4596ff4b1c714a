import type { QuotaReading, RateBudget } from '../../core/connector/rate-budget.ts'

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

const dayMs = 86_400_000

const usagePage = 'https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines'

/** Requests in ten seconds, as published. */
const publishedBurst: Readonly<Record<LimitTier, number>> = {
  marketplace_app: 110,
  free_starter: 100,
  professional_enterprise: 190,
  limit_increase: 250,
}
/**
 * The hub spaces its calls evenly, and the limit counts for this app in this account alone: 97 % of it is never refused by a
 * rolling window as long as calls arrive less than 3 % of it, 0.3 s, closer together than they were sent. The test of this file
 * shows it on the sandbox's window. Certification asks for fewer than 5 % refusals.
 */
const usableShare = 0.97

/**
 * Published: 5 a second for the whole account, all apps and object types together; the answers carry no rate headers. Spaced
 * evenly at 4.8 a second, one call may arrive 40 ms early.
 */
const searchesInFiveSeconds = 24

/** Name of the budget that the webhooks journal is read from. */
export const journalBudget = 'webhooks_journal'

/** Writes of a hundred contacts take up to a second: this many at once fill the burst budget all the same. */
const burstConcurrency = 12

/** One burst budget per tier (the connection's `limit_tier` picks the one that is paid from), and that of object search. */
export const hubspotBudgets: readonly RateBudget[] = [
  ...limitTiers.map((tier) => ({
    name: tier,
    scope: tier === 'marketplace_app' ? ('account' as const) : ('app' as const),
    limit: Math.floor(publishedBurst[tier] * usableShare),
    windowMs: 10_000,
    maxConcurrent: burstConcurrency,
    source: usagePage,
    readRemaining,
    readQuotas,
  })),
  { name: searchBudget, scope: 'account', limit: searchesInFiveSeconds, windowMs: 5000, source: usagePage },
  // Exempt from the limits; read with moderation all the same.
  { name: journalBudget, scope: 'app', limit: 100, windowMs: 10_000, source: usagePage },
]

/** What is left of the window or, when that is less, of the day. */
function readRemaining(headers: Readonly<Record<string, string>>): number | undefined {
  const left = ['x-hubspot-ratelimit-remaining', 'x-hubspot-ratelimit-daily-remaining'].flatMap(
    (name) => readCount(headers[name]) ?? [],
  )
  return left.length > 0 ? Math.min(...left) : undefined
}

/** What is left of the account's day, which all private apps share. */
function readQuotas(headers: Readonly<Record<string, string>>): readonly QuotaReading[] {
  const [of, left] = ['x-hubspot-ratelimit-daily', 'x-hubspot-ratelimit-daily-remaining'].map((name) =>
    readCount(headers[name]),
  )
  return of === undefined || left === undefined || of === 0 ? [] : [{ windowMs: dayMs, left, of }]
}

const readCount = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined

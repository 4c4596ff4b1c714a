import type { Clock } from '../../../core/port/clock.ts'
import type { SandboxReply, SandboxRequest } from '../../sandbox-kit/sandbox-server.ts'
import { createCallWindow } from './call-window.ts'
import { graphError } from './graph-error.ts'

export type AccessTier = 'limited' | 'full'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/**
 * Published limits, section 1.6 of the platform notes: custom-audience and insights calls an hour; the account's score, its decay
 * and its block. The sandbox's account has no active ads.
 */
const published = {
  limited: {
    audienceCalls: 5_000,
    perAudience: 40,
    insightsCalls: 600,
    score: 60,
    scoreMs: 300_000,
    blockMs: 300_000,
  },
  full: {
    audienceCalls: 190_000,
    perAudience: 40,
    insightsCalls: 190_000,
    score: 9_000,
    scoreMs: 300_000,
    blockMs: 60_000,
  },
} as const
const ceiling = 700_000

/** Counts calls by the handed clock and refuses what is above the published limits. */
export interface Throttle {
  refuse(request: SandboxRequest): SandboxReply | undefined
  /** Usage headers for an answer to this request. */
  headers(request: SandboxRequest): Readonly<Record<string, string>>
}

export interface ThrottleOptions {
  readonly clock: Clock
  readonly accountId: string
  readonly tier: AccessTier
  readonly countAudiences: () => number
}

const isAudienceCall = (path: string): boolean =>
  /^\/v\d+\.\d+\/(?:act_\d+\/(?:customaudiences|usersofanyaudience)|\d+(?:\/users(?:replace)?)?)$/.test(path)
const isAccountCall = (path: string): boolean => /^\/v\d+\.\d+\/act_\d+$/.test(path)

const isInsightsCall = (path: string): boolean =>
  /^\/v\d+\.\d+\/(?:(?:act_\d+|\d+)\/insights|60\d+)$/.test(path)
const isAdSetCall = (path: string): boolean => /^\/v\d+\.\d+\/1202\d+$/.test(path)

export function createThrottle(options: ThrottleOptions): Throttle {
  const { audienceCalls, perAudience, insightsCalls } = published[options.tier]
  const audiences = createCallLimit(options, {
    type: 'custom_audience',
    code: 80_003,
    limit: () => Math.min(ceiling, audienceCalls + perAudience * options.countAudiences()),
  })
  const insights = withInsightsHeader(
    createCallLimit(options, { type: 'ads_insights', code: 80_000, limit: () => insightsCalls }),
    options.tier,
  )
  const score = createScoreLimit(options)
  const of = (path: string): Throttle | undefined => {
    if (isInsightsCall(path)) return insights
    if (isAccountCall(path) || isAdSetCall(path)) return score
    return isAudienceCall(path) ? audiences : undefined
  }
  return {
    refuse: (request) => of(request.path)?.refuse(request),
    headers: (request) => of(request.path)?.headers(request) ?? {},
  }
}

interface CallLimit {
  readonly type: string
  readonly code: number
  readonly limit: () => number
}

/** A business-use-case limit: so many calls an hour. */
function createCallLimit(options: ThrottleOptions, { type, code, limit }: CallLimit): Throttle {
  const { clock, tier } = options
  const calls = createCallWindow(clock, hourMs)
  const headers = (): Readonly<Record<string, string>> => {
    const entry = {
      type,
      call_count: percent(calls.sum(), limit()),
      total_cputime: 0,
      total_time: 0,
      estimated_time_to_regain_access: Math.ceil(calls.msUntilBelow(limit()) / minuteMs),
      ads_api_access_tier: tier,
    }
    const account = options.accountId.replace('act_', '')
    return { 'x-business-use-case-usage': JSON.stringify({ [account]: [entry] }) }
  }
  return {
    headers,
    refuse() {
      // Calls made while throttled count, too, and lengthen the block.
      calls.add(1)
      if (calls.sum() <= limit()) return undefined
      const message = 'There have been too many calls from this ad-account.'
      return graphError({ code, subcode: 2_446_079, message, headers: headers() })
    },
  }
}

/** Insights answers carry a second header with the same figure. */
function withInsightsHeader(limit: Throttle, tier: AccessTier): Throttle {
  return {
    refuse: (request) => limit.refuse(request),
    headers(request) {
      const common = limit.headers(request)
      const used = /"call_count":(\d+)/.exec(common['x-business-use-case-usage'] ?? '')?.[1] ?? '0'
      const own = { app_id_util_pct: 0, acc_id_util_pct: Number(used), ads_api_access_tier: tier }
      return { ...common, 'x-fb-ads-insights-throttle': JSON.stringify(own) }
    },
  }
}

/** The ad account's score: a read costs one point, a write three. */
function createScoreLimit(options: ThrottleOptions): Throttle {
  const { clock, tier } = options
  const limits = published[tier]
  const score = createCallWindow(clock, limits.scoreMs)
  let blockedUntil = 0
  const headers = (): Readonly<Record<string, string>> => ({
    'x-ad-account-usage': JSON.stringify({
      acc_id_util_pct: percent(score.sum(), limits.score),
      reset_time_duration: Math.ceil(Math.max(0, blockedUntil - clock.now()) / 1000),
      ads_api_access_tier: tier,
    }),
  })
  return {
    headers,
    refuse(request) {
      score.add(request.method === 'GET' ? 1 : 3)
      if (score.sum() > limits.score) blockedUntil = clock.now() + limits.blockMs
      if (clock.now() >= blockedUntil) return undefined
      const message = 'User request limit reached'
      return graphError({ code: 17, subcode: 2_446_079, message, headers: headers() })
    },
  }
}

const percent = (used: number, limit: number): number => Math.min(100, Math.ceil((used / limit) * 100))

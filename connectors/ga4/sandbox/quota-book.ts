import type { Clock } from '../../../core/port/clock.ts'
import type { SandboxReply, SandboxRequest } from '../../sandbox-kit/sandbox-server.ts'
import { googleError } from './google-error.ts'

/** Section 4.6: quotas of a standard property, of one of Analytics 360. */
const published = {
  standard: { day: 200_000, hour: 40_000, project: 14_000, concurrent: 10, errors: 10 },
  analytics_360: { day: 2_000_000, hour: 400_000, project: 140_000, concurrent: 50, errors: 50 },
} as const
const thresholdedAnHour = 120

/** Dimensions that may identify somebody and so make a report subject to thresholds. */
const thresholdedDimensions = [
  'userAgeBracket',
  'userGender',
  'brandingInterest',
  'audienceId',
  'audienceName',
]

const hourMs = 3_600_000

/** Counts what core requests of the Data API cost, by the handed clock. */
export interface QuotaBook {
  /** Pays for a request. A reply refuses it. */
  pay(tokens: number, dimensions?: readonly string[]): SandboxReply | undefined
  /** `propertyQuota` of an answer. */
  describe(tokens: number): object
  /** Requests of other tools that run at this moment. */
  holdConcurrent(requests: number): void
  /** Other tools of the property spend tokens. `project`: of our own Cloud project. */
  spend(tokens: number, by: 'project' | 'property'): void
  /** The next requests are answered 500, and count as server errors. */
  failNext(requests: number): void
}

type Limits = (typeof published)[keyof typeof published]

/** What was used of the running hour and day. */
interface Usage {
  hour: number
  project: number
  day: number
  errors: number
  thresholded: number
  held: number
  failing: number
}

export function createQuotaBook(
  clock: Clock,
  options: { readonly tier: keyof typeof published; readonly enforced: boolean },
): QuotaBook {
  const limits = published[options.tier]
  const used: Usage = { hour: 0, project: 0, day: 0, errors: 0, thresholded: 0, held: 0, failing: 0 }
  const turn = createTurn(clock, used)
  return {
    pay(tokens, dimensions = []) {
      turn()
      if (dimensions.some((name) => thresholdedDimensions.includes(name))) used.thresholded += 1
      const message = options.enforced ? exhausted(used, limits) : undefined
      if (message !== undefined) return googleError('RESOURCE_EXHAUSTED', message)
      if (used.failing > 0) {
        used.failing -= 1
        used.errors += 1
        return googleError('INTERNAL', 'Internal error encountered.')
      }
      used.hour += tokens
      used.project += tokens
      used.day += tokens
      return undefined
    },
    describe: (tokens) => describeQuota(used, limits, tokens),
    holdConcurrent(requests) {
      used.held = requests
    },
    spend(tokens, by) {
      used.hour += tokens
      used.day += tokens
      if (by === 'project') used.project += tokens
    },
    failNext(requests) {
      used.failing = requests
    },
  }
}

/** Starts the hour anew at the full hour and the day at midnight Pacific time. */
function createTurn(clock: Clock, used: Usage): () => void {
  let hour = Math.floor(clock.now() / hourMs)
  let day = pacificDay(clock.now())
  return () => {
    const now = Math.floor(clock.now() / hourMs)
    if (now !== hour) Object.assign(used, { hour: 0, project: 0, errors: 0, thresholded: 0 })
    if (pacificDay(clock.now()) !== day) used.day = 0
    hour = now
    day = pacificDay(clock.now())
  }
}

function exhausted(used: Usage, limits: Limits): string | undefined {
  if (used.held >= limits.concurrent)
    return 'Exhausted concurrent requests quota. Please wait for some requests to finish.'
  if (used.errors >= limits.errors) return 'Exhausted server errors per project per hour quota.'
  if (used.day >= limits.day)
    return 'Exhausted property tokens per day. These quota tokens will return in under a day.'
  if (used.project >= limits.project)
    return 'Exhausted property tokens for a project per hour. These quota tokens will return in under an hour.'
  if (used.hour >= limits.hour)
    return 'Exhausted property tokens per hour. These quota tokens will return in under an hour.'
  return used.thresholded > thresholdedAnHour
    ? 'Exhausted potentially thresholded requests quota.'
    : undefined
}

function describeQuota(used: Usage, limits: Limits, tokens: number): object {
  const left = (limit: number, spent: number): object => ({
    consumed: tokens,
    remaining: Math.max(0, limit - spent),
  })
  return {
    tokensPerDay: left(limits.day, used.day),
    tokensPerHour: left(limits.hour, used.hour),
    tokensPerProjectPerHour: left(limits.project, used.project),
    concurrentRequests: { remaining: limits.concurrent - used.held },
    serverErrorsPerProjectPerHour: { remaining: limits.errors - used.errors },
    potentiallyThresholdedRequestsPerHour: { remaining: thresholdedAnHour - used.thresholded },
  }
}

const pacificDay = (now: number): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone: 'America/Los_Angeles' }).format(now)

/** True where the request asks for `propertyQuota`. */
export const wantsQuota = (request: SandboxRequest): boolean =>
  request.text.includes('"returnPropertyQuota":true')

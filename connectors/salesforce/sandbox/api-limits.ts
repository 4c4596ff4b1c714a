import type { Clock } from '../../../core/port/clock.ts'
import type { SandboxReply, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { dataPath } from './query-routes.ts'
import { salesforceError } from './salesforce-error.ts'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

export interface ApiLimits {
  readonly routes: readonly SandboxRoute[]
  /** Counts one call, or refuses it. */
  admit(): SandboxReply | undefined
  headers(): Readonly<Record<string, string>>
  /** Calls that other apps of the org have made just now. */
  use(calls: number): void
}

/** The rolling day of API calls (2.5): 403 and no Retry-After when it is full. */
export function createApiLimits(clock: Clock, daily: number): ApiLimits {
  const byMinute = new Map<number, number>()
  const count = (): number => {
    for (const minute of byMinute.keys())
      if (minute * minuteMs <= clock.now() - dayMs) byMinute.delete(minute)
    return [...byMinute.values()].reduce((sum, calls) => sum + calls, 0)
  }
  const use = (calls: number): void => {
    const minute = Math.floor(clock.now() / minuteMs)
    byMinute.set(minute, (byMinute.get(minute) ?? 0) + calls)
  }
  return {
    use,
    admit() {
      if (count() >= daily)
        return salesforceError(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.')
      use(1)
      return undefined
    },
    headers: () => ({ 'sforce-limit-info': `api-usage=${count()}/${daily}` }),
    routes: [
      {
        method: 'GET',
        pattern: new RegExp(`^${dataPath}/limits/?$`),
        answer: () => ({
          status: 200,
          body: {
            DailyApiRequests: { Max: daily, Remaining: Math.max(0, daily - count()) },
            DailyBulkV2QueryJobs: { Max: 10_000, Remaining: 10_000 },
            DataStorageMB: { Max: 1024, Remaining: 1000 },
          },
        }),
      },
    ],
  }
}

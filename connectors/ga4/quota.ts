import { z } from 'zod'

const status = z
  .object({ consumed: z.number().optional(), remaining: z.number().optional() })
  .optional()
  .catch(undefined)
const quota = z.object({
  propertyQuota: z.object({
    tokensPerDay: status,
    tokensPerHour: status,
    tokensPerProjectPerHour: status,
    concurrentRequests: status,
    serverErrorsPerProjectPerHour: status,
    potentiallyThresholdedRequestsPerHour: status,
  }),
})

/** What an answer says of the property's quotas. */
export interface PropertyQuota {
  /** Tokens left of the tightest of the three token quotas. */
  readonly tokensLeft: number | undefined
  /** Tokens that this request cost. */
  readonly tokensUsed: number | undefined
}

/** Reads `propertyQuota` of an answer; undefined where there is none. Zeros are left out of Google's JSON only when unset. */
export function readQuota(body: unknown): PropertyQuota | undefined {
  const told = quota.safeParse(body).data?.propertyQuota
  if (!told) return undefined
  const tokens = [told.tokensPerDay, told.tokensPerHour, told.tokensPerProjectPerHour]
  const left = tokens.flatMap((each) => each?.remaining ?? [])
  return {
    tokensLeft: left.length === 0 ? undefined : Math.min(...left),
    tokensUsed: told.tokensPerHour?.consumed,
  }
}

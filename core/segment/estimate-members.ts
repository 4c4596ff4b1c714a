/** How many people a share of all of them tells to be members, with the interval that holds the true number in 95 of 100 draws. */
export interface MembersEstimate {
  readonly members: number
  readonly low: number
  readonly high: number
}

/** Quantile of the normal distribution for an interval that 95 % of draws fall in. */
const z = 1.959964

/**
 * Wilson's score interval (https://doi.org/10.1080/01621459.1927.10502953), which holds its promise for rare segments too, where the
 * usual one is too narrow. `found` of `sampled` people are members; `profiles` is how many there are. Who was looked at is known, so
 * the interval never leaves what they allow.
 */
export function estimateMembers(found: number, sampled: number, profiles: number): MembersEstimate {
  if (sampled === 0) return { members: 0, low: 0, high: profiles }
  const most = profiles - (sampled - found)
  const share = found / sampled
  const scale = 1 + z ** 2 / sampled
  const centre = (share + z ** 2 / (2 * sampled)) / scale
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / sampled + z ** 2 / (4 * sampled ** 2))
  const within = (value: number): number => Math.min(most, Math.max(found, value))
  return {
    members: within(Math.round(share * profiles)),
    low: within(Math.floor((centre - half) * profiles)),
    high: within(Math.ceil((centre + half) * profiles)),
  }
}

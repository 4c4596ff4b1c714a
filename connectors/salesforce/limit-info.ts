/** Calls of the rolling day, as the last answer told. */
export interface ApiUsage {
  readonly used: number
  readonly max: number
}

/**
 * Reads `Sforce-Limit-Info: api-usage=1234/100000`. Newer orgs add other parts (`api-bursts=…`, `per-app-api-usage=…`): they are
 * passed over. Undefined where the header is absent or unreadable.
 */
export function readApiUsage(headers: Readonly<Record<string, string>>): ApiUsage | undefined {
  const match = /(?:^|[\s,;])api-usage\s*=\s*(\d+)\s*\/\s*(\d+)/.exec(headers['sforce-limit-info'] ?? '')
  if (!match) return undefined
  const [used, max] = [Number(match[1]), Number(match[2])]
  return max > 0 ? { used, max } : undefined
}

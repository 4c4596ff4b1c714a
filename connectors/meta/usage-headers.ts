import { z } from 'zod'

type Headers = Readonly<Record<string, string>>

/** Reads a header that holds JSON; undefined when it is absent, broken or of another shape. */
export function parseHeader<Value>(
  headers: Headers,
  name: string,
  shape: z.ZodType<Value>,
): Value | undefined {
  const text = headers[name]
  if (text === undefined || text.length > 65_536) return undefined
  try {
    return shape.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

const regain = z.record(
  z.string(),
  z.array(z.object({ estimated_time_to_regain_access: z.number().min(0).default(0) })),
)
const reset = z.object({ reset_time_duration: z.number().min(0) })

/** Milliseconds until a business-use-case limit lets calls through again; Meta tells it in minutes. */
export function readRegainMs(headers: Headers): number | undefined {
  const usage = parseHeader(headers, 'x-business-use-case-usage', regain)
  const minutes = Object.values(usage ?? {})
    .flat()
    .map((entry) => entry.estimated_time_to_regain_access)
  return positive(Math.max(0, ...minutes) * 60_000)
}

/** Milliseconds until the ad account's score is low enough again; Meta tells it in seconds. */
export function readScoreResetMs(headers: Headers): number | undefined {
  const seconds = parseHeader(headers, 'x-ad-account-usage', reset)?.reset_time_duration ?? 0
  return positive(seconds * 1000)
}

const positive = (ms: number): number | undefined => (ms > 0 ? ms : undefined)

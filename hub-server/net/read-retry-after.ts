const second = 1000
/** RFC 9110, 10.2.3: whole seconds. Nine digits are thirty years, far beyond what is ever honoured. */
const seconds = /^\d{1,9}$/
/** RFC 9110, 5.6.7: the three forms of a date that HTTP knows all begin with the day's name. */
const httpDate = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /

/**
 * Milliseconds that `Retry-After` asks for: whole seconds, or a date measured against the answer's own clock (its `Date` header) where it
 * tells it, else against `now`. Undefined for none, for a date that is past, and for nonsense.
 */
export function readRetryAfterMs(headers: Readonly<Record<string, string>>, now: number): number | undefined {
  const written = headers['retry-after']?.trim() ?? ''
  if (seconds.test(written)) return Number(written) * second
  const at = toInstant(written)
  const waitMs = at === undefined ? 0 : at - (toInstant(headers['date'] ?? '') ?? now)
  return waitMs > 0 ? waitMs : undefined
}

function toInstant(written: string): number | undefined {
  const at = httpDate.test(written) ? Date.parse(written) : Number.NaN
  return Number.isNaN(at) ? undefined : at
}

import { errorCodes, type ErrorCode, type ErrorRule, type PlatformErrorCode } from './error-codes.ts'

/** Values that fill the placeholders of a message. Never a secret, never a person's data. */
export type ErrorParams = Readonly<Record<string, string | number>>

/**
 * The one error class of the hub. `code` says what the engine does now (see `errorCodes`), `params` fill the translated message.
 * `params.act` names the act that failed as a gerund phrase ("reading contacts page 3") wherever there is one.
 */
export class AffluentError extends Error {
  override readonly name: string = 'AffluentError'
  readonly code: ErrorCode
  readonly params: ErrorParams

  constructor(code: ErrorCode, params: ErrorParams = {}, options?: ErrorOptions) {
    super(`${code} ${JSON.stringify(params)}`, options)
    this.code = code
    this.params = params
  }

  get rule(): ErrorRule {
    return errorCodes[this.code]
  }
}

/** How long or until when the engine must wait, as the platform said. */
export interface Wait {
  /** Milliseconds to wait before anything is sent on this budget again. */
  readonly retryAfterMs?: number
  /** Instant (epoch milliseconds) at which a quota is full again. */
  readonly until?: number
}

/** An error that stems from a platform's answer. `params.said` holds the platform's own words, shortened and without personal data. */
export class PlatformError extends AffluentError {
  override readonly name: string = 'PlatformError'
  declare readonly code: PlatformErrorCode
  readonly wait: Wait

  constructor(code: PlatformErrorCode, params: ErrorParams = {}, options: ErrorOptions & Wait = {}) {
    const { retryAfterMs, until, ...rest } = options
    super(code, params, rest)
    this.wait = { ...(retryAfterMs !== undefined && { retryAfterMs }), ...(until !== undefined && { until }) }
  }
}

/** Turns anything thrown into an `AffluentError`, keeping the original as its cause. */
export function toAffluentError(thrown: unknown, act: string): AffluentError {
  if (thrown instanceof AffluentError) return thrown
  return new AffluentError('internal.unexpected', { act, ...placeOf(thrown) }, { cause: thrown })
}

/** Where in our own code it came up. The thrown text itself is not repeated: an engine's message may quote a person's data. */
function placeOf(thrown: unknown): { place?: string } {
  const stack = thrown instanceof Error ? (thrown.stack ?? '') : ''
  const place = /(?:core|connectors|hub-server)\/[\w./-]+\.ts:\d+/.exec(stack)?.[0]
  return place === undefined ? {} : { place }
}

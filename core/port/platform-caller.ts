import type { PlatformError } from '../errors/affluent-error.ts'

/** A platform's answer: lower-case header names, body parsed as JSON where it is JSON, otherwise the text. */
export interface PlatformReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** One request to a platform, described so that the hub can schedule, time, classify and repeat it. */
export interface PlatformCall {
  /** What the call does, as a gerund phrase without personal data: "reading contacts". Appears in errors and logs. */
  readonly act: string
  /** Name of the rate budget it is paid from; a budget of the connector. */
  readonly budget: string
  /** How much of the budget it costs. Default 1. */
  readonly cost?: number
  /** True when repeating the call after an unknown outcome changes nothing. Default false: it is then never repeated blindly. */
  readonly repeatable?: boolean
  /** Milliseconds until the call is given up. Default 60,000. */
  readonly timeoutMs?: number
  /** Sends the request once. Must honour the signal where the transport can. */
  send(signal: AbortSignal): Promise<PlatformReply>
  /** Reads the answer: undefined when it is a success, otherwise the error it means. */
  classify(reply: PlatformReply): PlatformError | undefined
}

/**
 * The hub's only way out to a platform. Layers in this order: log, budget, retry, time-out, send, classify.
 * It retries by kind of error, slows the budget on a limit, and throws the connector's `PlatformError` at the end.
 */
export type CallPlatform = (call: PlatformCall) => Promise<PlatformReply>

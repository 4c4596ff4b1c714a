import { Agent, setGlobalDispatcher } from 'undici'

/** Bounds of every answer from outside. A platform's page is far below; anything above is a fault or an attack. */
const answerLimits = {
  headersTimeoutMs: 60_000,
  bodyTimeoutMs: 60_000,
  maxBytes: 64 * 1024 * 1024,
} as const

/**
 * Makes every `fetch` of the process go through one guarded agent: time limits on connecting, headers and each part of the body,
 * and a limit on the answer's size. It is set globally because SDKs call the global `fetch` and cannot be handed another.
 */
export function installGuardedDispatcher(): void {
  setGlobalDispatcher(
    new Agent({
      connect: { timeout: 10_000 },
      headersTimeout: answerLimits.headersTimeoutMs,
      bodyTimeout: answerLimits.bodyTimeoutMs,
      maxResponseSize: answerLimits.maxBytes,
    }),
  )
}

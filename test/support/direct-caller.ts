import { AffluentError, PlatformError } from '../../core/errors/affluent-error.ts'
import type { CallPlatform, PlatformCall, PlatformReply } from '../../core/port/platform-caller.ts'

/**
 * A caller for tests of connectors: sends each request once, classifies the answer and throws, without budgets, retries or logs.
 * A request that fails on the way is `platform.timed_out` or `platform.transient`, as in the hub's own caller; an error of ours
 * passes as it is. `onCall` sees every call before it is sent.
 */
export function createDirectCaller(onCall?: (call: PlatformCall) => void): CallPlatform {
  return async (call) => {
    onCall?.(call)
    const reply = await sendOnce(call)
    const error = call.classify(reply)
    if (error) throw error
    return reply
  }
}

async function sendOnce(call: PlatformCall): Promise<PlatformReply> {
  const timeout = AbortSignal.timeout(call.timeoutMs ?? 60_000)
  try {
    return await call.send(timeout)
  } catch (error) {
    if (error instanceof AffluentError) throw error
    const code = timeout.aborted ? 'platform.timed_out' : 'platform.transient'
    throw new PlatformError(code, { act: call.act }, { cause: error })
  }
}

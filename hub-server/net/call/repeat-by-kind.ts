import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { decideRetry } from '../../../core/sync/retry.ts'
import type { CallContext, CallLayer, CallRequest } from './call-layer.ts'
import { budgetOf } from './pay-budget.ts'

/** How long a platform that answered none of five requests is asked only once a call: nobody waits for it again and again. */
const silentForMs = 10 * 60_000

/** Repeats a call by the kind of its error, pauses its budget where the platform refused, and throws the error in the end. */
export const repeatByKind: CallLayer = (next, context) => {
  return async (request) => {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await next({ ...request, attempt })
      if (answer.error === undefined) {
        context.peer.silentUntil = 0
        return answer
      }
      await waitOrThrow(answer.error, { ...request, attempt }, context)
    }
  }
}

async function waitOrThrow(
  error: PlatformError,
  { call, attempt, signal }: CallRequest,
  context: CallContext,
): Promise<void> {
  const { clock, random, peer } = context
  const now = clock.now()
  const refused = error.rule.reaction === 'wait'
  // A refusal was not carried out, so it may always be repeated; a lost answer only where repeating changes nothing.
  if (!refused && call.repeatable !== true) throw error
  const decision = decideRetry(error, attempt, random, { now, ...patienceWith(error, context) })
  if (decision.kind === 'park') {
    throw new PlatformError('platform.quota_exhausted', error.params, { until: decision.until, cause: error })
  }
  if (decision.kind === 'give_up') {
    if (error.code === 'platform.timed_out') peer.silentUntil = now + silentForMs
    throw error
  }
  tellOfWait(error, { act: call.act, attempt, waitMs: decision.waitMs }, context)
  if (refused) budgetOf(call, context).refused(decision.waitMs)
  else await clock.sleep(decision.waitMs, signal)
}

function tellOfWait(
  { code }: PlatformError,
  { act, attempt, waitMs }: { readonly act: string; readonly attempt: number; readonly waitMs: number },
  { connection, connector, logger, telemetry }: CallContext,
): void {
  logger.warn('platform_call_retried', { connection, act, code, attempt, wait_ms: waitMs })
  telemetry.observe('platform_wait', { connector }, waitMs / 1000)
}

/** One try for a platform that was silent a short while ago; as many as ever for one that answers. */
function patienceWith(error: PlatformError, { peer, clock }: CallContext): { readonly maxAttempts?: number } {
  const isSilent = error.code === 'platform.timed_out' && clock.now() < peer.silentUntil
  return isSilent ? { maxAttempts: 1 } : {}
}

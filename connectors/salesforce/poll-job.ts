import { z } from 'zod'
import { toSaid } from '../../core/connector/to-said.ts'
import { PlatformError } from '../../core/errors/affluent-error.ts'
import { callSalesforce } from './client.ts'
import type { SalesforceContext } from './config.ts'

const jobAnswer = z.object({
  id: z.string(),
  state: z.string(),
  errorMessage: z.string().nullish(),
  numberRecordsProcessed: z.number().nullish(),
})

/** First and longest wait between two looks at a job (2.9). */
const firstWaitMs = 5000
const longestWaitMs = 60_000
/** A job is open for at most a day; one that has not ended by then never will. */
const longestJobMs = 86_400_000

/**
 * Waits until a Bulk API job has ended. The wait between two looks is the platform's way of working and not a failure: handed to
 * the hub as a repeated call it would slow down everything else of this account, so it is slept here, on the hub's clock. jsforce's
 * own polling gives up after 30 seconds and deletes the job. Throws `platform.not_found` when the job is gone (results are kept for
 * seven days), `platform.invalid_request` when it failed, `platform.transient` when it was aborted or never ends.
 */
export async function pollJob(
  context: SalesforceContext,
  job: { readonly act: string; readonly path: string; readonly signal: AbortSignal },
): Promise<void> {
  const { act, path, signal } = job
  const givesUpAt = context.clock.now() + longestJobMs
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
    const { body } = await callSalesforce(context, {
      act,
      method: 'GET',
      path,
      answer: jobAnswer,
      repeatable: true,
      signal,
    })
    if (body.state === 'JobComplete') return
    if (body.state === 'Failed')
      throw new PlatformError('platform.invalid_request', {
        act,
        said: toSaid(body.errorMessage ?? 'the job failed'),
      })
    if (body.state === 'Aborted' || context.clock.now() >= givesUpAt)
      throw new PlatformError('platform.transient', { act, said: `the job is ${body.state.slice(0, 40)}` })
    await context.clock.sleep(waitMs, signal)
  }
}

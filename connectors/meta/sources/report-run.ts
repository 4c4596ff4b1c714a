import { AdAccount } from 'facebook-nodejs-business-sdk'
import { z } from 'zod'
import { toSaid } from '../../../core/connector/to-said.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { insightsBudgetOf } from '../budgets.ts'
import { callMeta, type MetaContext } from '../client.ts'

/** What a report is asked for: Meta's fields and parameters. */
export interface ReportQuery {
  readonly fields: readonly string[]
  readonly params: Record<string, unknown>
  readonly signal: AbortSignal
}

const act = 'waiting for an insights report'
const firstWaitMs = 2_000
const longestWaitMs = 60_000
/** Reports of large accounts take many minutes; one that takes hours is stuck. */
const patienceMs = 2 * 3_600_000

/**
 * Has Meta prepare a report in the background and waits for it. Returns the id of the run. Throws `platform.request_too_large` when
 * Meta gave the run up, `platform.timed_out` after two hours.
 */
export async function runReport(context: MetaContext, query: ReportQuery): Promise<string> {
  const { report_run_id: run } = await callMeta(context, {
    act: 'starting an insights report',
    budget: insightsBudgetOf(context.config),
    signal: query.signal,
    answer: z.object({ report_run_id: z.string().min(1) }),
    send: (api) =>
      new AdAccount(context.config.ad_account_id, {}, undefined, api).getInsightsAsync(
        query.fields,
        query.params,
      ),
  })
  const giveUpAt = context.clock.now() + patienceMs
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(longestWaitMs, waitMs * 2)) {
    await context.clock.sleep(waitMs, query.signal)
    if (await isDone(context, run, query.signal)) return run
    if (context.clock.now() > giveUpAt) throw new PlatformError('platform.timed_out', { act })
  }
}

const runState = z.object({
  async_status: z.string(),
  async_percent_completion: z.coerce.number().default(0),
  error_code: z.coerce.number().optional(),
  error_message: z.string().optional(),
  error_subcode: z.coerce.number().optional(),
  error_user_msg: z.string().optional(),
})

async function isDone(context: MetaContext, run: string, signal: AbortSignal): Promise<boolean> {
  const state = await callMeta(context, {
    act,
    budget: insightsBudgetOf(context.config),
    signal,
    answer: runState,
    // The SDK's AdReportRun loses the id and the api it is made with.
    send: (api) => api.call('GET', [run], { fields: Object.keys(runState.shape).join(',') }),
  })
  if (givenUp.has(state.async_status)) throw gaveUp(state)
  // 100 % with "Job Running" is not done yet (artefactory-connectors-kit#63).
  return state.async_status === 'Job Completed' && state.async_percent_completion === 100
}

const givenUp: ReadonlySet<string> = new Set(['Job Failed', 'Job Skipped'])

function gaveUp(state: z.output<typeof runState>): PlatformError {
  return new PlatformError('platform.request_too_large', {
    act,
    said: toSaid(state.error_user_msg ?? state.error_message ?? state.async_status),
    ...(state.error_code !== undefined && { meta_code: state.error_code }),
    ...(state.error_subcode !== undefined && { meta_subcode: state.error_subcode }),
  })
}

import { z } from 'zod'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { GoogleAdsContext } from '../data-manager.ts'
import { toGoogleError } from '../errors.ts'
import { callGoogleAds } from '../google-ads.ts'
import { parseRpcStatus, type AdsError } from '../rpc-status.ts'
import { toAddRequest, toCreateRequest, type JobPart, type NewJob } from './job-request.ts'

const created = z.object({ resource_name: z.string().default('') })

/**
 * Makes an `OfflineUserDataJob` and returns its resource name; empty after a validation. One that is made twice does nothing: a job
 * that is never run stays pending for ever (chapter 3.8, trap 2). Throws `platform.permission_missing` where Google does not let the account.
 */
export async function createJob(context: GoogleAdsContext, job: NewJob): Promise<string> {
  const { resource_name: name } = await callGoogleAds(context, {
    act: job.act,
    ...(job.signal && { signal: job.signal }),
    answer: created,
    async send(customer) {
      const { services } = await import('google-ads-api')
      const request = services.CreateOfflineUserDataJobRequest.create(toCreateRequest(context.config, job))
      return customer.offlineUserDataJobs.createOfflineUserDataJob(request)
    },
  })
  if (name === '' && !job.validateOnly)
    throw new PlatformError('platform.unreadable_answer', { act: job.act, said: 'a job without a name' })
  return name
}

const added = z.object({ partial_failure: z.unknown().optional() })

/**
 * Hands people to a job that has not been run, and returns the errors of those that Google refuses by their place; the others are in.
 * Throws when the refusal is about anything but single people.
 */
export async function addToJob(
  context: GoogleAdsContext,
  part: JobPart,
): Promise<ReadonlyMap<number, AdsError>> {
  const { act } = part
  const answer = await callGoogleAds(context, {
    act,
    ...(part.signal && { signal: part.signal }),
    answer: added,
    async send(customer) {
      const { services } = await import('google-ads-api')
      const { readPartialFailure } = await import('./partial-failure.ts')
      const request = services.AddOfflineUserDataJobOperationsRequest.create(toAddRequest(part))
      return readPartialFailure(await customer.offlineUserDataJobs.addOfflineUserDataJobOperations(request))
    },
  })
  if (answer.partial_failure === undefined) return new Map()
  const refused = toPlaces(parseRpcStatus(answer.partial_failure)?.errors ?? [])
  if (refused) return refused
  const reply = { status: 400, headers: {}, body: answer.partial_failure }
  throw (
    toGoogleError(reply, { act, now: context.clock.now() }) ??
    new PlatformError('platform.unreadable_answer', { act, said: 'a partial failure without an error' })
  )
}

function toPlaces(errors: readonly AdsError[]): ReadonlyMap<number, AdsError> | undefined {
  const places = new Map<number, AdsError>()
  for (const error of errors) {
    const [operation] = error.location?.field_path_elements ?? []
    if (operation?.field_name !== 'operations' || operation.index === undefined) return undefined
    places.set(operation.index, error)
  }
  return places.size > 0 ? places : undefined
}

const started = 'offline_user_data_job_error.JOB_ALREADY_STARTED'

/** Starts a job. One that runs already (the answer to the first start was lost) is as good. */
export async function runJob(
  context: GoogleAdsContext,
  run: { readonly act: string; readonly job: string; readonly signal?: AbortSignal },
): Promise<void> {
  try {
    await callGoogleAds(context, {
      act: run.act,
      ...(run.signal && { signal: run.signal }),
      answer: z.object({}),
      async send(customer) {
        const { services } = await import('google-ads-api')
        const request = services.RunOfflineUserDataJobRequest.create({ resource_name: run.job })
        await customer.offlineUserDataJobs.runOfflineUserDataJob(request)
        // The answer is a handle for the SDK's own polling; the hub asks for the job's status when it is due.
        return {}
      },
    })
  } catch (error) {
    if (!(error instanceof PlatformError) || error.params['google_code'] !== started) throw error
  }
}

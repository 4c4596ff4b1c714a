import type { JobState } from '../../../core/connector/outcome.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { GoogleAdsContext } from '../data-manager.ts'
import { reportMatches } from '../destinations/request-status.ts'
import { readText } from '../gaql-value.ts'
import { searchPage, type GaqlRow } from '../google-ads.ts'

const jobName = /^customers\/(\d{1,20})\/offlineUserDataJobs\/\d{1,20}$/

/** True for the name of a job of the old path; the other path's are ids of requests. */
export const isOfflineJob = (job: string): boolean => jobName.test(job)

const act = 'reading the status of an upload'
const columns = ['id', 'status', 'failure_reason', 'operation_metadata.match_rate_range']

/**
 * How far a job is; it takes hours, up to a day. Google tells neither who was not matched nor how many were rejected, only a range of
 * the match rate, which goes to the log.
 */
export async function readOfflineJob(context: GoogleAdsContext, job: string): Promise<JobState> {
  const account = jobName.exec(job)?.[1] ?? ''
  if (account !== context.config.customer_id)
    throw new PlatformError('platform.account_changed', {
      act,
      said: 'the job is of another account',
      remedy: `Set customer_id back to ${account} until the job has ended.`,
    })
  const { rows } = await searchPage(context, {
    act,
    gaql: [
      `SELECT ${columns.map((column) => `offline_user_data_job.${column}`).join(', ')}`,
      `FROM offline_user_data_job WHERE offline_user_data_job.resource_name = '${job}'`,
    ].join(' '),
  })
  const [row] = rows
  if (!row) throw new PlatformError('platform.not_found', { act, said: 'there is no such job' })
  return toState(context, row)
}

function toState(context: GoogleAdsContext, row: GaqlRow): JobState {
  const status = readText(row, 'offline_user_data_job.status')
  if (status === 'FAILED') {
    const why = readText(row, 'offline_user_data_job.failure_reason').toLowerCase()
    const isTold = /^[a-z0-9_]{3,80}$/.test(why) && why !== 'unspecified' && why !== 'unknown'
    return {
      status: 'failed',
      reason: isTold
        ? { code: why, message: `Google failed the upload: ${why}.` }
        : { code: 'request_failed', message: 'Google failed the upload and gave no reason.' },
    }
  }
  // What is neither a success nor a failure (a status that is new to us, too) is not the end.
  if (status !== 'SUCCESS') return { status: 'processing' }
  const range = readText(row, 'offline_user_data_job.operation_metadata.match_rate_range')
  if (range !== '') reportMatches(context, { range })
  return { status: 'done', rejected: [] }
}

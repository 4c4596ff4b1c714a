import { z } from 'zod'
import type { JobState, Reason } from '../../../core/connector/outcome.ts'
import { callDataManager, type GoogleAdsContext } from '../data-manager.ts'

const count = z.coerce.number().min(0).default(0)
const counted = z.array(z.object({ reason: z.string().default(''), recordCount: count })).default([])
const ingested = z.object({ recordCount: count, uploadMatchRateRange: z.string().optional() })

const destinationStatus = z.object({
  requestStatus: z.string(),
  errorInfo: z.object({ errorCounts: counted }).optional(),
  warningInfo: z.object({ warningCounts: counted }).optional(),
  audienceMembersIngestionStatus: z.object({ userDataIngestionStatus: ingested.optional() }).optional(),
})
type DestinationStatus = z.output<typeof destinationStatus>

const answer = z.object({ requestStatusPerDestination: z.array(destinationStatus).min(1) })

/**
 * How far an upload is. Google wants to be asked after about half an hour and then ever more seldom. A 200 at the upload said nothing
 * of consent or match (trap 11): the counts here do. Nobody is named in them.
 */
export async function readRequestStatus(context: GoogleAdsContext, job: string): Promise<JobState> {
  const { requestStatusPerDestination: statuses } = await callDataManager(context, {
    act: 'reading the status of an upload',
    method: 'GET',
    path: 'requestStatus:retrieve',
    query: { requestId: job },
    answer,
  })
  if (statuses.some(isUnderWay)) return { status: 'processing' }
  report(context, statuses)
  const rejected = statuses.flatMap((status) => status.errorInfo?.errorCounts ?? []).map(toRejects)
  if (statuses.every(({ requestStatus }) => requestStatus === 'FAILED'))
    return { status: 'failed', reason: rejected[0]?.reason ?? nothingSaid }
  return { status: 'done', rejected: rejected.filter((each) => each.count > 0) }
}

const nothingSaid: Reason = {
  code: 'request_failed',
  message: 'Google failed the upload and gave no reason.',
}
const ended: readonly string[] = ['SUCCESS', 'FAILED', 'PARTIAL_SUCCESS']

/** What is neither a success nor a failure (a status that is new to us, too) is not the end. */
const isUnderWay = (status: DestinationStatus): boolean => !ended.includes(status.requestStatus)

const consentReasons: Readonly<Record<string, string>> = {
  denied_consent: 'Google counts the consent of these people as denied.',
  no_consent: 'Google has no consent of these people.',
  unknown_consent: 'Google does not know the consent of these people.',
}

function toRejects(error: { readonly reason: string; readonly recordCount: number }): {
  readonly reason: Reason
  readonly count: number
} {
  const code = error.reason.replace(/^PROCESSING_ERROR_(?:REASON_)?/, '').toLowerCase() || 'unspecified'
  const known = /^[a-z0-9_]{1,80}$/.test(code) ? code : 'unspecified'
  const message = consentReasons[known] ?? `Google rejected these people: ${known}.`
  return { reason: { code: known, message }, count: error.recordCount }
}

/** Ranges that tell an admin to look at the data: a job can succeed and leave the list as good as empty (B43). */
const poor = /(?:NOT_ELIGIBLE|LESS_THAN_20)$/

function report(context: GoogleAdsContext, statuses: readonly DestinationStatus[]): void {
  const { connection, logger } = context
  for (const { audienceMembersIngestionStatus: status, warningInfo } of statuses) {
    const told = status?.userDataIngestionStatus
    if (told?.uploadMatchRateRange !== undefined)
      reportMatches(context, { range: told.uploadMatchRateRange, records: told.recordCount })
    for (const { reason, recordCount } of warningInfo?.warningCounts ?? [])
      logger.warn('google_ads_upload_warned', { connection, code: reason.slice(0, 80), records: recordCount })
  }
}

/** Writes the match rate of an upload to the log: `MATCH_RATE_RANGE_…` of one API, `MATCH_RANGE_…` of the other. */
export function reportMatches(
  { connection, logger }: GoogleAdsContext,
  { range, records }: { readonly range: string; readonly records?: number },
): void {
  const said = range.slice(0, 60)
  const fields = { connection, ...(records !== undefined && { records }), said }
  if (poor.test(said)) logger.warn('google_ads_upload_poorly_matched', fields)
  else logger.info('google_ads_upload_matched', fields)
}

import type { services } from 'google-ads-api'
import type { AudienceMember } from '../audience-member.ts'
import type { GoogleAdsConfig } from '../config.ts'
import type { Operation } from '../destinations/prepare-rows.ts'

/** Consent of all people of a job, by the names of `consent_status.proto`. Denied ones are never in a job. */
export interface JobConsent {
  readonly ad_user_data: 'GRANTED' | 'UNSPECIFIED'
  readonly ad_personalization: 'GRANTED' | 'UNSPECIFIED'
}

/** What a job is about. All its people go to one list, or all come off it, under one consent. */
export interface NewJob {
  readonly act: string
  /** Number of the list. */
  readonly list: string
  /** Absent for a removal, which needs none. */
  readonly consent?: JobConsent
  readonly validateOnly?: boolean
  readonly signal?: AbortSignal
}

/** People of one request of a job. */
export interface JobPart {
  readonly act: string
  readonly job: string
  readonly operation: Operation
  readonly members: readonly AudienceMember[]
  readonly signal?: AbortSignal
}

/** What a person's record says, else what the connection says of everybody. */
export function toJobConsent(config: GoogleAdsConfig, { consent }: AudienceMember): JobConsent {
  const of = (field: 'ad_user_data' | 'ad_personalization'): 'GRANTED' | 'UNSPECIFIED' =>
    (consent[field] ?? config[`${field}_consent`]) === 'granted' ? 'GRANTED' : 'UNSPECIFIED'
  return { ad_user_data: of('ad_user_data'), ad_personalization: of('ad_personalization') }
}

/** `CreateOfflineUserDataJobRequest` (chapter 3.2): consent stands in the job, never in its operations. */
export function toCreateRequest(
  config: GoogleAdsConfig,
  job: NewJob,
): services.ICreateOfflineUserDataJobRequest & { customer_id: string } {
  return {
    customer_id: config.customer_id,
    job: {
      type: 'CUSTOMER_MATCH_USER_LIST',
      customer_match_user_list_metadata: {
        user_list: `customers/${config.customer_id}/userLists/${job.list}`,
        ...(job.consent && { consent: job.consent }),
      },
    },
    enable_match_rate_range_preview: true,
    ...(job.validateOnly && { validate_only: true }),
  }
}

/** `AddOfflineUserDataJobOperationsRequest`; with partial failure, so that one bad person costs only themselves. */
export function toAddRequest(part: JobPart): services.IAddOfflineUserDataJobOperationsRequest {
  const key = part.operation === 'add' ? 'create' : 'remove'
  return {
    resource_name: part.job,
    enable_partial_failure: true,
    operations: part.members.map((member) => ({
      [key]: { user_identifiers: member.identifiers.map(toUserIdentifier) },
    })),
  }
}

/** The field names of the Google Ads API for what the Data Manager API calls otherwise (chapter 3.2, field moves). */
function toUserIdentifier(identifier: AudienceMember['identifiers'][number]): object {
  if ('emailAddress' in identifier) return { hashed_email: identifier.emailAddress }
  if ('phoneNumber' in identifier) return { hashed_phone_number: identifier.phoneNumber }
  const { givenName, familyName, regionCode, postalCode } = identifier.address
  return {
    address_info: {
      hashed_first_name: givenName,
      hashed_last_name: familyName,
      country_code: regionCode,
      postal_code: postalCode,
    },
  }
}

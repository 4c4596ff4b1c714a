import type { Wait } from '../../core/errors/affluent-error.ts'
import type { PlatformErrorCode } from '../../core/errors/error-codes.ts'

/** What a refusal means for the engine, and how long to wait. */
export interface Verdict {
  readonly code: PlatformErrorCode
  readonly wait?: Wait
}

/** Salesforce's code for everything that has to do with counted calls; the text tells which limit. */
export const limitCode = 'REQUEST_LIMIT_EXCEEDED'

/** What each error code of a whole request means (https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_concepts_core_data_objects.htm). */
export const byErrorCode: Readonly<Record<string, PlatformErrorCode>> = {
  INVALID_SESSION_ID: 'platform.auth_expired',
  INVALID_AUTH_HEADER: 'platform.auth_expired',
  API_DISABLED_FOR_ORG: 'platform.permission_missing',
  API_CURRENTLY_DISABLED: 'platform.permission_missing',
  INSUFFICIENT_ACCESS: 'platform.permission_missing',
  INSUFFICIENT_ACCESS_OR_READONLY: 'platform.permission_missing',
  INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY: 'platform.permission_missing',
  INVALID_FIELD: 'platform.permission_missing',
  INVALID_FIELD_FOR_INSERT_UPDATE: 'platform.permission_missing',
  INVALID_TYPE: 'platform.permission_missing',
  NOT_FOUND: 'platform.not_found',
  ENTITY_IS_DELETED: 'platform.not_found',
  INVALID_QUERY_LOCATOR: 'platform.not_found',
  INVALID_CROSS_REFERENCE_KEY: 'platform.not_found',
  MALFORMED_ID: 'platform.not_found',
  UNABLE_TO_LOCK_ROW: 'platform.transient',
  QUERY_TIMEOUT: 'platform.transient',
  REQUEST_RUNNING_TOO_LONG: 'platform.transient',
  SERVER_UNAVAILABLE: 'platform.transient',
  UNKNOWN_EXCEPTION: 'platform.transient',
  STORAGE_LIMIT_EXCEEDED: 'platform.quota_exhausted',
  LIMIT_EXCEEDED: 'platform.quota_exhausted',
  TOO_MANY_APEX_REQUESTS: 'platform.quota_exhausted',
}

/** What each status means where the code says nothing. 5xx is not listed: always transient. */
export const byStatus: Readonly<Partial<Record<number, PlatformErrorCode>>> = {
  401: 'platform.auth_expired',
  403: 'platform.permission_missing',
  404: 'platform.not_found',
  408: 'platform.transient',
  410: 'platform.not_found',
  413: 'platform.request_too_large',
  414: 'platform.request_too_large',
  // Edge routing: the request reached no org; sent again it finds its way.
  420: 'platform.transient',
  431: 'platform.request_too_large',
}

const second = 1000
const hour = 3600 * second
/** Long-running requests of 20 seconds and more fill the 25 places: they free up within seconds. */
const concurrencyWaitMs = 10 * second
const unknownLimitWaitMs = 60 * second

/**
 * Limit refusals carry no Retry-After and one code for all; the text tells them apart. The daily count rolls over 24 hours, so
 * some of it comes back each hour.
 */
export function judgeLimit(message: string, now: number): Verdict {
  if (/TotalRequests/i.test(message)) return { code: 'platform.quota_exhausted', wait: { until: now + hour } }
  const waitMs = /Concurrent/i.test(message) ? concurrencyWaitMs : unknownLimitWaitMs
  return { code: 'platform.rate_limited', wait: { retryAfterMs: waitMs } }
}

/** Instant at which a used-up quota is looked at again. */
export const quotaWait = (now: number): Wait => ({ until: now + hour })

import { describe, expect, it } from 'vitest'
import { toGoogleError } from '../../../../connectors/google-ads/errors.ts'
import { nextPacificMidnight } from '../../../../connectors/google-ads/next-pacific-midnight.ts'

const now = Date.parse('2026-11-22T10:00:00Z')
const occasion = { act: 'testing errors', now }
const midnight = Date.parse('2026-11-23T08:00:00Z')

interface Details {
  readonly status?: string
  readonly reason?: string
  readonly metadata?: Record<string, string>
  readonly violations?: readonly object[]
  readonly retryDelay?: string
}

const read = (http: number, { status = '', reason, metadata, violations, retryDelay }: Details) =>
  toGoogleError(
    {
      status: http,
      headers: {},
      body: {
        error: {
          code: http,
          status,
          message: 'The value mary@example.com of 1234567890 is not good.',
          details: [
            { '@type': 'x/google.rpc.ErrorInfo', reason, metadata },
            { '@type': 'x/google.rpc.BadRequest', fieldViolations: violations },
            { '@type': 'x/google.rpc.RetryInfo', retryDelay },
          ],
        },
      },
    },
    occasion,
  )

describe('Data Manager reasons (chapter 2.4)', () => {
  it.each([
    ['INTERNAL_ERROR', 'platform.transient'],
    ['DEADLINE_EXCEEDED', 'platform.transient'],
    ['RESOURCE_EXHAUSTED', 'platform.rate_limited'],
    ['TOO_MANY_AUDIENCE_MEMBERS', 'platform.request_too_large'],
    ['TOO_MANY_USER_IDENTIFIERS', 'platform.request_too_large'],
    ['TOO_MANY_DESTINATIONS', 'platform.request_too_large'],
    ['TOO_MANY_EVENTS', 'platform.request_too_large'],
    ['INVALID_SHA256_FORMAT', 'platform.batch_refused'],
    ['INVALID_HEX_ENCODING', 'platform.batch_refused'],
    ['INVALID_POSTAL_CODE', 'platform.batch_refused'],
    ['INVALID_REGION_CODE', 'platform.batch_refused'],
    ['INVALID_MOBILE_ID_FORMAT', 'platform.batch_refused'],
    ['INVALID_AUDIENCE_MEMBER', 'platform.batch_refused'],
    ['NO_IDENTIFIERS_PROVIDED', 'platform.batch_refused'],
    ['FIELD_VALUE_TOO_LONG', 'platform.batch_refused'],
    ['PERMISSION_DENIED', 'platform.permission_missing'],
    ['OPERATING_ACCOUNT_LOGIN_ACCOUNT_MISMATCH', 'platform.permission_missing'],
    ['NOT_ALLOWLISTED', 'platform.permission_missing'],
    ['ADVERTISER_NOT_ALLOWLISTED_FOR_UPLOADED_DATA', 'platform.permission_missing'],
    ['TERMS_AND_CONDITIONS_NOT_SIGNED', 'platform.terms_not_accepted'],
    ['ADVERTISER_TOS_NOT_ACCEPTED', 'platform.terms_not_accepted'],
    ['EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED', 'platform.terms_not_accepted'],
    ['INVALID_USER_LIST_ID', 'platform.audience_unusable'],
    ['INVALID_USER_LIST_TYPE', 'platform.audience_unusable'],
    ['DISPLAY_NAME_ALREADY_USED', 'platform.invalid_request'],
    ['MEMBERSHIP_DURATION_TOO_LONG', 'platform.invalid_request'],
    ['IMMUTABLE_FIELD_FOR_UPDATE', 'platform.invalid_request'],
    ['INVALID_REQUEST_ID', 'platform.not_found'],
    ['SERVICE_DISABLED', 'platform.permission_missing'],
    ['ACCESS_TOKEN_SCOPE_INSUFFICIENT', 'platform.permission_missing'],
  ])('%s is %s, as a reason and as a violation', (reason, code) => {
    expect(read(400, { status: 'INVALID_ARGUMENT', reason })?.code).toBe(code)
    const violations = [{ field: 'x', reason, description: 'bad' }]
    expect(read(400, { status: 'INVALID_ARGUMENT', violations })?.code).toBe(code)
  })

  it('says what a person does about terms, rights and a list that is gone, and quotes nobody', () => {
    for (const reason of ['TERMS_AND_CONDITIONS_NOT_SIGNED', 'PERMISSION_DENIED', 'INVALID_USER_LIST_ID']) {
      const error = read(403, { reason })
      expect(error?.params['remedy']).toMatch(/\w{3}/)
      expect(JSON.stringify(error?.params)).not.toMatch(/mary|1234567890/)
    }
  })

  it('waits as long as RetryInfo says, to the millisecond', () => {
    expect(read(429, { status: 'RESOURCE_EXHAUSTED', retryDelay: '7.250s' })?.wait).toEqual({
      retryAfterMs: 7_250,
    })
  })

  it.each(['', 'soon', '-3s', '7'])('waits a minute when RetryInfo says "%s"', (retryDelay) => {
    expect(read(429, { status: 'RESOURCE_EXHAUSTED', retryDelay })?.wait).toEqual({ retryAfterMs: 60_000 })
  })

  it.each([
    [{ quota_limit: 'RequestsPerDayPerProject' }],
    [{ quota_unit: '1/d/{project}' }],
    [{ window: 'per day' }],
  ])('parks until midnight in California when the quota %j is of the day', (metadata) => {
    const error = read(429, { status: 'RESOURCE_EXHAUSTED', reason: 'RATE_LIMIT_EXCEEDED', metadata })
    expect(error).toMatchObject({ code: 'platform.quota_exhausted', wait: { until: midnight } })
  })

  it.each([
    ['UNAUTHENTICATED', 401, 'platform.auth_expired'],
    ['PERMISSION_DENIED', 403, 'platform.permission_missing'],
    ['NOT_FOUND', 404, 'platform.not_found'],
    ['UNAVAILABLE', 503, 'platform.transient'],
    ['INTERNAL', 500, 'platform.transient'],
    ['INVALID_ARGUMENT', 400, 'platform.invalid_request'],
  ])('understands %s without a reason', (status, http, code) =>
    expect(read(http, { status })?.code).toBe(code),
  )
})

const ads = (category: string, name: string, more: object = {}, http = 400) =>
  toGoogleError(
    {
      status: http,
      headers: {},
      body: {
        error: {
          code: http,
          status: 'INVALID_ARGUMENT',
          message: 'Request contains an error.',
          details: [
            {
              '@type': 'type.googleapis.com/google.ads.googleads.v25.errors.GoogleAdsFailure',
              errors: [{ errorCode: { [category]: name }, message: 'mary@example.com', ...more }],
              requestId: 'abc',
            },
          ],
        },
      },
    },
    occasion,
  )

const delay = (retryDelay: string) => ({ details: { quotaErrorDetails: { retryDelay } } })

describe('Google Ads errors (chapters 3.1, 3.2 and 3.6)', () => {
  it.each([
    ['internalError', 'TRANSIENT_ERROR', 'platform.transient'],
    ['internalError', 'INTERNAL_ERROR', 'platform.transient'],
    ['databaseError', 'CONCURRENT_MODIFICATION', 'platform.transient'],
    ['databaseError', 'REQUEST_TOO_LARGE', 'platform.request_too_large'],
    ['quotaError', 'RESOURCE_TEMPORARILY_EXHAUSTED', 'platform.rate_limited'],
    ['quotaError', 'RESOURCE_EXHAUSTED', 'platform.quota_exhausted'],
    ['quotaError', 'EXCESSIVE_SHORT_TERM_QUERY_RESOURCE_CONSUMPTION', 'platform.rate_limited'],
    ['quotaError', 'EXCESSIVE_LONG_TERM_QUERY_RESOURCE_CONSUMPTION', 'platform.quota_exhausted'],
    ['quotaError', 'ACCESS_PROHIBITED', 'platform.permission_missing'],
    ['authenticationError', 'OAUTH_TOKEN_REVOKED', 'platform.auth_expired'],
    ['authenticationError', 'NOT_ADS_USER', 'platform.permission_missing'],
    ['authorizationError', 'USER_PERMISSION_DENIED', 'platform.permission_missing'],
    ['authorizationError', 'CUSTOMER_NOT_ENABLED', 'platform.permission_missing'],
    ['authorizationError', 'CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION', 'platform.permission_missing'],
    ['authorizationError', 'DEVELOPER_TOKEN_PROHIBITED', 'platform.permission_missing'],
    ['notAllowlistedError', 'CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE', 'platform.permission_missing'],
    ['userListError', 'ADVERTISER_NOT_ON_ALLOWLIST_FOR_USING_UPLOADED_DATA', 'platform.permission_missing'],
    ['userListError', 'ADVERTISER_TOS_NOT_ACCEPTED', 'platform.terms_not_accepted'],
    ['userDataError', 'OPERATIONS_FOR_CUSTOMER_MATCH_NOT_ALLOWED', 'platform.permission_missing'],
    ['offlineUserDataJobError', 'INVALID_USER_LIST_ID', 'platform.audience_unusable'],
    ['offlineUserDataJobError', 'INVALID_USER_LIST_TYPE', 'platform.audience_unusable'],
    ['offlineUserDataJobError', 'INCOMPATIBLE_UPLOAD_KEY_TYPE', 'platform.audience_unusable'],
    ['offlineUserDataJobError', 'MISSING_USER_IDENTIFIER', 'platform.batch_refused'],
    ['offlineUserDataJobError', 'INVALID_SHA256_FORMAT', 'platform.batch_refused'],
    ['offlineUserDataJobError', 'TOO_MANY_USER_IDENTIFIERS', 'platform.request_too_large'],
    ['offlineUserDataJobError', 'INVALID_OPERATION_ORDER', 'platform.invalid_request'],
    ['offlineUserDataJobError', 'CONFLICTING_OPERATION', 'platform.invalid_request'],
    ['offlineUserDataJobError', 'JOB_ALREADY_STARTED', 'platform.invalid_request'],
    ['userListError', 'SEED_LIST_DOES_NOT_EXIST', 'platform.invalid_request'],
    ['userListError', 'DUPLICATE_LOOKALIKE', 'platform.invalid_request'],
    ['fieldError', 'REQUIRED', 'platform.invalid_request'],
    ['requestError', 'INVALID_CUSTOMER_ID', 'platform.invalid_request'],
    ['requestError', 'UNSUPPORTED_VERSION', 'platform.invalid_request'],
    ['rangeError', 'TOO_LOW', 'platform.invalid_request'],
    ['campaignBudgetError', 'NON_MULTIPLE_OF_MINIMUM_CURRENCY_UNIT', 'platform.invalid_request'],
  ])('%s.%s is %s', (category, name, code) => {
    const error = ads(category, name)
    expect(error?.code).toBe(code)
    expect(JSON.stringify(error?.params)).not.toContain('mary')
  })

  it('tells an account that is not active apart from a missing right', () => {
    expect(ads('authorizationError', 'CUSTOMER_NOT_ENABLED')?.params['remedy']).toContain('not active')
    expect(ads('authorizationError', 'USER_PERMISSION_DENIED')?.params['remedy']).toContain(
      'login_customer_id',
    )
  })

  it('waits the retry delay of a rate', () => {
    expect(ads('quotaError', 'RESOURCE_TEMPORARILY_EXHAUSTED', delay('12s'))?.wait).toEqual({
      retryAfterMs: 12_000,
    })
  })

  it('parks on the daily quota until some of the sliding day is free again, and stops the job', () => {
    expect(ads('quotaError', 'RESOURCE_EXHAUSTED', {}, 429)?.wait).toEqual({ until: now + 3_600_000 })
  })

  it('names the operation at fault', () => {
    const location = { fieldPathElements: [{ fieldName: 'operations', index: 3 }] }
    expect(ads('criterionError', 'INVALID_USER_LIST', { location })?.params['operation']).toBe(3)
  })

  it('reads the list that searchStream wraps an error in', () => {
    const body = [{ error: { code: 503, status: 'UNAVAILABLE', message: 'x', details: [] } }]
    expect(toGoogleError({ status: 503, headers: {}, body }, occasion)?.code).toBe('platform.transient')
  })
})

const plain = (status: number, body: unknown, headers = {}) =>
  toGoogleError({ status, headers, body }, occasion)

describe('answers without an error of Google', () => {
  it('takes a page with 404 for an address or version that has ended, not for a missing object (trap 5)', () => {
    const error = plain(404, '<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>')
    expect(error?.code).toBe('platform.invalid_request')
    expect(error?.params['remedy']).toContain('version')
  })

  it.each([
    ['120', 120_000],
    ['Sun, 22 Nov 2026 10:00:30 GMT', 30_000],
    ['soon', 60_000],
    ['-5', 60_000],
    ['Sun, 22 Nov 2026 09:00:00 GMT', 60_000],
  ])('waits after Retry-After: %s', (written, ms) => {
    expect(plain(429, {}, { 'retry-after': written })?.wait.retryAfterMs).toBe(ms)
  })

  it.each([
    [302, 'moved', 'platform.unreadable_answer'],
    [400, '<html>', 'platform.unreadable_answer'],
    [413, '', 'platform.request_too_large'],
    [500, '', 'platform.transient'],
    [502, '<html>Parser cannot parse input</html>', 'platform.transient'],
  ])('takes %i "%s" for %s', (status, body, code) => expect(plain(status, body)?.code).toBe(code))

  it('sees no error in a success', () => expect(plain(200, { requestId: 'x' })).toBeUndefined())
})

describe('midnight in California', () => {
  it.each([
    ['2026-11-22T10:00:00Z', '2026-11-23T08:00:00Z'],
    ['2026-07-01T06:59:59Z', '2026-07-01T07:00:00Z'],
    ['2026-07-01T07:00:00Z', '2026-07-02T07:00:00Z'],
    // The clocks are put forward on 8 March 2026 and back on 1 November 2026, at two in the morning.
    ['2026-03-08T09:00:00Z', '2026-03-09T07:00:00Z'],
    ['2026-11-01T08:30:00Z', '2026-11-02T08:00:00Z'],
  ])('after %s comes %s', (from, next) =>
    expect(new Date(nextPacificMidnight(Date.parse(from))).toISOString()).toBe(new Date(next).toISOString()),
  )
})

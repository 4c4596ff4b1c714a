import { describe, expect, it } from 'vitest'
import { toPlatformError } from '../../../../connectors/salesforce/errors.ts'

const now = Date.parse('2026-11-22T10:00:00Z')
const hour = 3_600_000
const judge = (status: number, body: unknown) =>
  toPlatformError({ status, headers: {}, body }, { act: 'reading contacts', now })
const refusal = (errorCode: string, message = 'why'): unknown => [{ errorCode, message, fields: [] }]

describe('errors of whole requests (chapter 2.5)', () => {
  it.each([
    [401, 'INVALID_SESSION_ID', 'platform.auth_expired'],
    [401, 'INVALID_AUTH_HEADER', 'platform.auth_expired'],
    [403, 'API_DISABLED_FOR_ORG', 'platform.permission_missing'],
    [403, 'API_CURRENTLY_DISABLED', 'platform.permission_missing'],
    [400, 'INSUFFICIENT_ACCESS_OR_READONLY', 'platform.permission_missing'],
    [400, 'INVALID_FIELD', 'platform.permission_missing'],
    [400, 'MALFORMED_QUERY', 'platform.invalid_request'],
    [404, 'NOT_FOUND', 'platform.not_found'],
    [404, 'ENTITY_IS_DELETED', 'platform.not_found'],
    [400, 'INVALID_QUERY_LOCATOR', 'platform.not_found'],
    [400, 'UNABLE_TO_LOCK_ROW', 'platform.transient'],
    [400, 'QUERY_TIMEOUT', 'platform.transient'],
    [500, 'UNKNOWN_EXCEPTION', 'platform.transient'],
    [503, 'SERVER_UNAVAILABLE', 'platform.transient'],
    [400, 'STORAGE_LIMIT_EXCEEDED', 'platform.quota_exhausted'],
    [400, 'TOO_MANY_APEX_REQUESTS', 'platform.quota_exhausted'],
  ])('%i %s is %s', (status, errorCode, code) => {
    expect(judge(status, refusal(errorCode))).toMatchObject({
      code,
      params: { error_code: errorCode, status },
    })
  })

  it.each([
    [300, 'platform.invalid_request'],
    [400, 'platform.invalid_request'],
    [401, 'platform.auth_expired'],
    [403, 'platform.permission_missing'],
    [404, 'platform.not_found'],
    [409, 'platform.invalid_request'],
    [410, 'platform.not_found'],
    [412, 'platform.invalid_request'],
    [414, 'platform.request_too_large'],
    [415, 'platform.invalid_request'],
    [420, 'platform.transient'],
    [428, 'platform.invalid_request'],
    [429, 'platform.rate_limited'],
    [431, 'platform.request_too_large'],
    [500, 'platform.transient'],
    [502, 'platform.transient'],
    [503, 'platform.transient'],
  ])('status %i with a page in HTML is %s', (status, code) => {
    expect(judge(status, '<html>why</html>')?.code).toBe(code)
  })

  it('the daily limit parks for an hour, since the day rolls', () => {
    const error = judge(403, refusal('REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.'))
    expect(error).toMatchObject({ code: 'platform.quota_exhausted', wait: { until: now + hour } })
  })

  it.each([
    ['ConcurrentPerOrgLongTxn Limit exceeded.', 10_000],
    ['ConcurrentRequests Limit exceeded.', 10_000],
    ['Some limit that nobody has described', 60_000],
  ])('"%s" waits %i ms', (message, retryAfterMs) => {
    const error = judge(403, refusal('REQUEST_LIMIT_EXCEEDED', message))
    expect(error).toMatchObject({ code: 'platform.rate_limited', wait: { retryAfterMs } })
  })

  it('a success is none, nor is "not modified"', () => {
    for (const status of [200, 201, 204, 304]) expect(judge(status, '')).toBeUndefined()
  })

  it("keeps Salesforce's words, without the person they quote", () => {
    const said = judge(400, refusal('INVALID_EMAIL_ADDRESS', 'invalid email address: ada@example.com'))
      ?.params['said']
    expect(said).toBe('INVALID_EMAIL_ADDRESS: invalid email address: [email]')
  })
})

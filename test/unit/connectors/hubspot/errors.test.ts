import { describe, expect, it } from 'vitest'
import { toPlatformError, type ClassifiedCall } from '../../../../connectors/hubspot/errors.ts'
import type { PlatformError } from '../../../../core/errors/affluent-error.ts'

const call: ClassifiedCall = {
  act: 'reading contacts',
  now: Date.parse('2026-11-22T10:00:00Z'),
  timeZone: 'Europe/Paris',
}

function classify(
  status: number,
  body: unknown = {},
  more: { headers?: Record<string, string>; call?: Partial<ClassifiedCall> } = {},
): PlatformError | undefined {
  return toPlatformError({ status, headers: more.headers ?? {}, body }, { ...call, ...more.call })
}

const limit = (policyName: string): object => ({ status: 'error', errorType: 'RATE_LIMIT', policyName })

describe('hubspot error table', () => {
  it('takes 2xx for a success', () => {
    expect(classify(200, { results: [] })).toBeUndefined()
    expect(classify(207, { status: 'COMPLETE', numErrors: 1 })).toBeUndefined()
    expect(classify(204, '')).toBeUndefined()
  })

  it.each([
    [400, 'platform.invalid_request'],
    [401, 'platform.auth_expired'],
    [403, 'platform.permission_missing'],
    [404, 'platform.not_found'],
    [408, 'platform.transient'],
    [409, 'platform.invalid_request'],
    [410, 'platform.invalid_request'],
    [413, 'platform.request_too_large'],
    [414, 'platform.request_too_large'],
    [423, 'platform.transient'],
    [477, 'platform.rate_limited'],
    [500, 'platform.transient'],
    [502, 'platform.transient'],
    [521, 'platform.transient'],
    [524, 'platform.transient'],
    [530, 'platform.transient'],
  ])('maps status %i to %s', (status, code) => {
    expect(classify(status)?.code).toBe(code)
    expect(classify(status, '<html>edge</html>')?.code).toBe(code)
  })

  it('waits ten seconds on TEN_SECONDLY_ROLLING and one to two on SECONDLY', () => {
    expect(classify(429, limit('TEN_SECONDLY_ROLLING'))?.wait).toEqual({ retryAfterMs: 10_000 })
    const secondly = classify(429, limit('SECONDLY'))?.wait.retryAfterMs
    expect(secondly).toBeGreaterThanOrEqual(1000)
    expect(secondly).toBeLessThanOrEqual(2000)
  })

  it('parks on DAILY until midnight of the account’s time zone', () => {
    const error = classify(429, limit('DAILY'))
    expect(error?.code).toBe('platform.quota_exhausted')
    expect(error?.wait).toEqual({ until: Date.parse('2026-11-22T23:00:00Z') })
  })

  it('sees a rate limit behind status 200 and behind 403', () => {
    expect(classify(200, limit('SECONDLY'))?.code).toBe('platform.rate_limited')
    expect(classify(403, limit('DAILY'))?.code).toBe('platform.quota_exhausted')
  })

  it('does not take an error body under status 200 for a success', () => {
    expect(classify(200, { status: 'error', message: 'no' })?.code).toBe('platform.invalid_request')
  })

  it.each([
    ['seconds', { 'retry-after': '90' }, 90_000],
    ['nought', { 'retry-after': '0' }, 1000],
    ['a negative number', { 'retry-after': '-5' }, 1000],
    ['ten years', { 'retry-after': '315360000' }, 86_400_000],
    ['words', { 'retry-after': 'soon' }, 10_000],
    [
      'a date, read against the answer’s own clock',
      { 'retry-after': 'Sun, 22 Nov 2026 12:00:30 GMT', date: 'Sun, 22 Nov 2026 12:00:00 GMT' },
      30_000,
    ],
  ])('reads Retry-After given as %s', (_how, headers, expected) => {
    expect(classify(429, {}, { headers })?.wait.retryAfterMs).toBe(expected)
  })

  it('waits two seconds for a locked record, and as long as told for an account on the move', () => {
    expect(classify(423)?.wait.retryAfterMs).toBe(2000)
    expect(classify(477, {}, { headers: { 'retry-after': '43200' } })?.wait.retryAfterMs).toBe(43_200_000)
  })

  it('names the scopes that are missing', () => {
    const error = classify(403, {
      status: 'error',
      category: 'MISSING_SCOPES',
      message: 'This app has not been granted all required scopes.',
      errors: [{ message: 'x', context: { requiredGranularScopes: ['crm.lists.read', 'crm.lists.write'] } }],
    })
    expect(error?.params['scopes']).toBe('crm.lists.read, crm.lists.write')
  })

  it('keeps the correlation id and the category, and no personal data', () => {
    const error = classify(
      400,
      {
        status: 'error',
        category: 'VALIDATION_ERROR',
        correlationId: 'aeb5f871-7f07-4993-9211-075dc63e7cbf',
        message: 'Property values were not valid: "Ada" (INVALID_OPTION) of ada@example.com',
      },
      { call: { sent: ['Ada'] } },
    )
    expect(error?.params).toEqual({
      act: 'reading contacts',
      status: 400,
      category: 'VALIDATION_ERROR',
      detail: 'INVALID_OPTION',
      correlation_id: 'aeb5f871-7f07-4993-9211-075dc63e7cbf',
      said: 'Property values were not valid: "<value>" (INVALID_OPTION) of <email>',
    })
  })

  it('cuts a refused batch, except when the mapping is at fault for all of it', () => {
    const codes = { 400: 'platform.batch_refused', 409: 'platform.batch_refused' } as const
    expect(classify(409, { category: 'CONFLICT' }, { call: { codes } })?.code).toBe('platform.batch_refused')
    const unknown = { message: 'Property "foo" does not exist', errors: [{ code: 'PROPERTY_DOESNT_EXIST' }] }
    expect(classify(400, unknown, { call: { codes } })?.code).toBe('platform.invalid_request')
  })

  it('bears error bodies of any shape', () => {
    for (const body of [null, 7, [], { message: { nested: true }, errors: 'none', category: 5 }])
      expect(classify(400, body)?.code).toBe('platform.invalid_request')
  })
})

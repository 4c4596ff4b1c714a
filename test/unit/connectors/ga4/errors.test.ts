import { describe, expect, it } from 'vitest'
import { toGoogleError } from '../../../../connectors/ga4/errors.ts'
import { nextPacificMidnight } from '../../../../connectors/ga4/pacific-midnight.ts'
import { createServerErrorGuard } from '../../../../connectors/ga4/server-error-guard.ts'
import { PlatformError } from '../../../../core/errors/affluent-error.ts'

const now = Date.parse('2026-11-22T12:20:00Z')
const call = { act: 'reading the daily report', now }
const reply = (status: number, fault: object | string, headers: Record<string, string> = {}) => ({
  status,
  headers,
  body: typeof fault === 'string' ? fault : { error: fault },
})
const exhausted = (message: string, details: object[] = []) =>
  toGoogleError(reply(429, { code: 429, message, status: 'RESOURCE_EXHAUSTED', details }), call)

const wait = (value: string) =>
  toGoogleError(reply(429, 'busy', { 'retry-after': value, date: 'Sun, 22 Nov 2026 12:00:00 GMT' }), call)
    ?.wait

const remedy = (reason?: string) =>
  toGoogleError(
    reply(403, {
      status: 'PERMISSION_DENIED',
      message: 'x',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          ...(reason && { reason }),
          metadata: { service: 'analyticsdata.googleapis.com' },
        },
      ],
    }),
    call,
  )?.params['remedy']

describe('ga4: errors of the Data and Admin API (section 4.6)', () => {
  it.each([
    [401, 'UNAUTHENTICATED', 'platform.auth_expired'],
    [403, 'PERMISSION_DENIED', 'platform.permission_missing'],
    [404, 'NOT_FOUND', 'platform.not_found'],
    [400, 'INVALID_ARGUMENT', 'platform.invalid_request'],
    [400, 'FAILED_PRECONDITION', 'platform.invalid_request'],
    [409, 'ALREADY_EXISTS', 'platform.invalid_request'],
    [409, 'ABORTED', 'platform.transient'],
    [500, 'INTERNAL', 'platform.transient'],
    [500, 'UNKNOWN', 'platform.transient'],
    [503, 'UNAVAILABLE', 'platform.transient'],
    [504, 'DEADLINE_EXCEEDED', 'platform.transient'],
    [501, 'UNIMPLEMENTED', 'platform.invalid_request'],
  ])('%i %s becomes %s', (status, name, code) => {
    expect(toGoogleError(reply(status, { code: status, message: 'x', status: name }), call)?.code).toBe(code)
  })

  it('waits for the time of RetryInfo', () => {
    const error = exhausted('Exhausted property tokens per hour.', [
      { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '13.5s' },
    ])
    expect(error).toMatchObject({ code: 'platform.rate_limited', wait: { retryAfterMs: 13_500 } })
  })

  it('waits to the full hour when the tokens of the hour are spent', () => {
    for (const message of [
      'Exhausted property tokens per hour. These quota tokens will return in under an hour.',
      'Exhausted property tokens for a project per hour.',
      'Exhausted potentially thresholded requests quota.',
    ])
      expect(exhausted(message)).toMatchObject({
        code: 'platform.rate_limited',
        wait: { retryAfterMs: 40 * 60_000 },
      })
  })

  it('parks to midnight Pacific time when the tokens of the day are spent', () => {
    expect(exhausted('Exhausted property tokens per day.')).toMatchObject({
      code: 'platform.quota_exhausted',
      wait: { until: Date.parse('2026-11-23T08:00:00Z') },
    })
  })

  it('waits briefly when too many requests run at once', () => {
    expect(exhausted('Exhausted concurrent requests quota.')).toMatchObject({
      code: 'platform.rate_limited',
      wait: { retryAfterMs: 5_000 },
    })
  })

  it('parks to the full hour when server errors locked the property', () => {
    expect(exhausted('Exhausted server errors per project per hour quota.')).toMatchObject({
      code: 'platform.quota_exhausted',
      wait: { until: Date.parse('2026-11-22T13:00:00Z') },
    })
  })

  it('honours Retry-After as seconds and as a date, and not when it is nonsense', () => {
    expect(wait('7')).toEqual({ retryAfterMs: 7_000 })
    expect(wait('Sun, 22 Nov 2026 12:01:30 GMT')).toEqual({ retryAfterMs: 90_000 })
    expect(wait('-5')).toEqual({ retryAfterMs: 1_000 })
    expect(wait('99999999')).toEqual({ retryAfterMs: 86_400_000 })
    expect(wait('soon')).toEqual({ retryAfterMs: 60_000 })
  })

  it('names the dimensions and metrics that do not go together', () => {
    const message =
      "Please remove advertiserAdCost, customEvent:colour to make the request compatible. The request's dimensions & metrics are incompatible."
    const error = toGoogleError(reply(400, { message, status: 'INVALID_ARGUMENT' }), call)
    expect(error?.params).toMatchObject({ names: 'advertiserAdCost, customEvent:colour' })
    const unknown = toGoogleError(
      reply(400, { message: 'Field campain is not a valid dimension.', status: 'INVALID_ARGUMENT' }),
      call,
    )
    expect(unknown?.params).toMatchObject({ names: 'campain' })
  })

  it('says which of three things is missing for a 403', () => {
    expect(remedy('SERVICE_DISABLED')).toContain('Enable the API analyticsdata.googleapis.com')
    expect(remedy('ACCESS_TOKEN_SCOPE_INSUFFICIENT')).toContain('analytics.edit')
    expect(remedy()).toContain('user of the property')
  })

  it('never repeats an address that Google quotes', () => {
    const error = toGoogleError(
      reply(400, { status: 'INVALID_ARGUMENT', message: 'Bad value ada@example.com' }),
      call,
    )
    expect(JSON.stringify(error?.params)).not.toContain('ada@')
  })

  it('takes an error body under status 200 for an error, and a page for none of Google’s answers', () => {
    expect(toGoogleError(reply(200, { status: 'UNAVAILABLE', message: 'x' }), call)?.code).toBe(
      'platform.transient',
    )
    expect(toGoogleError(reply(502, '<html>'), call)?.code).toBe('platform.transient')
    expect(toGoogleError(reply(302, ''), call)?.code).toBe('platform.unreadable_answer')
    expect(toGoogleError({ status: 200, headers: {}, body: {} }, call)).toBeUndefined()
  })
})

describe('ga4: midnight Pacific time', () => {
  it.each([
    ['2026-11-22T12:00:00Z', '2026-11-23T08:00:00Z'],
    ['2026-07-01T06:59:59Z', '2026-07-01T07:00:00Z'],
    ['2026-07-01T07:00:00Z', '2026-07-02T07:00:00Z'],
    // The clocks go forward on 8 March and back on 1 November 2026.
    ['2026-03-08T08:30:00Z', '2026-03-09T07:00:00Z'],
    ['2026-11-01T07:30:00Z', '2026-11-02T08:00:00Z'],
  ])('comes after %s at %s', (at, expected) => {
    expect(new Date(nextPacificMidnight(Date.parse(at))).toISOString()).toBe(new Date(expected).toISOString())
  })
})

describe('ga4: server errors', () => {
  const fault = new PlatformError('platform.transient', { act: 'reading' })

  it('stop the connection before Google locks the property, until the oldest is an hour old', () => {
    const guard = createServerErrorGuard(3)
    expect(guard.note(fault, 500, 0).code).toBe('platform.transient')
    expect(guard.note(fault, 503, 1_000).code).toBe('platform.transient')
    expect(guard.note(fault, 500, 2_000)).toMatchObject({
      code: 'platform.quota_exhausted',
      wait: { until: 3_600_000 },
    })
    expect(() => guard.refuse('reading', 3_000)).toThrow(/quota_exhausted/)
    expect(() => guard.refuse('reading', 3_600_000)).not.toThrow()
  })

  it('are not refusals of another kind', () => {
    const guard = createServerErrorGuard(1)
    expect(guard.note(fault, 429, 0)).toBe(fault)
    expect(() => guard.refuse('reading', 1)).not.toThrow()
  })
})

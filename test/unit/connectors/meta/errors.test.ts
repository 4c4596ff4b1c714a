import { describe, expect, it } from 'vitest'
import { termsLink, toMetaError } from '../../../../connectors/meta/errors.ts'
import type { PlatformErrorCode } from '../../../../core/errors/error-codes.ts'
import type { PlatformReply } from '../../../../core/port/platform-caller.ts'

interface MetaFault {
  code: number
  error_subcode?: number
  is_transient?: boolean
  message?: string
}

const reply = (error: MetaFault, headers: Record<string, string> = {}, status = 400): PlatformReply => ({
  status,
  headers,
  body: { error: { message: 'words', type: 'OAuthException', fbtrace_id: 'Abc', ...error } },
})
const classify = (answer: PlatformReply) => toMetaError(answer, 'adding people', 'act_42')

const entry = (minutes: number) => ({
  type: 'custom_audience',
  estimated_time_to_regain_access: minutes,
})

/** The rows of the tables in sections 1.2 and 1.6 of the platform notes. */
const rows: readonly [number, number | undefined, PlatformErrorCode][] = [
  [1, undefined, 'platform.transient'],
  [2, undefined, 'platform.transient'],
  [4, undefined, 'platform.rate_limited'],
  [17, undefined, 'platform.rate_limited'],
  [17, 2_446_079, 'platform.rate_limited'],
  [32, undefined, 'platform.rate_limited'],
  [341, undefined, 'platform.rate_limited'],
  [613, undefined, 'platform.rate_limited'],
  [613, 1_487_632, 'platform.rate_limited'],
  [613, 1_487_742, 'platform.rate_limited'],
  [613, 5_044_001, 'platform.rate_limited'],
  [80_000, 2_446_079, 'platform.rate_limited'],
  [80_003, 2_446_079, 'platform.rate_limited'],
  [80_004, 2_446_079, 'platform.rate_limited'],
  [80_009, undefined, 'platform.rate_limited'],
  [80_014, undefined, 'platform.rate_limited'],
  [102, undefined, 'platform.auth_expired'],
  [190, undefined, 'platform.auth_expired'],
  [190, 458, 'platform.auth_expired'],
  [190, 459, 'platform.auth_expired'],
  [190, 460, 'platform.auth_expired'],
  [190, 463, 'platform.auth_expired'],
  [190, 464, 'platform.auth_expired'],
  [190, 467, 'platform.auth_expired'],
  [190, 492, 'platform.auth_expired'],
  [10, undefined, 'platform.permission_missing'],
  [200, undefined, 'platform.permission_missing'],
  [294, undefined, 'platform.permission_missing'],
  [299, undefined, 'platform.permission_missing'],
  [200, 1_870_050, 'platform.permission_missing'],
  [200, 1_870_034, 'platform.terms_not_accepted'],
  [200, 1_870_090, 'platform.terms_not_accepted'],
  [200, 1_870_092, 'platform.terms_not_accepted'],
  [2650, 1_870_092, 'platform.terms_not_accepted'],
  [368, undefined, 'platform.permission_missing'],
  [100, undefined, 'platform.invalid_request'],
  [100, 33, 'platform.not_found'],
  [100, 1_487_534, 'platform.request_too_large'],
  [100, 1_713_098, 'platform.invalid_request'],
  [100, 1_713_228, 'platform.audience_unusable'],
  [100, 1_713_230, 'platform.audience_unusable'],
  [100, 1_713_231, 'platform.audience_unusable'],
  [100, 1_713_232, 'platform.audience_unusable'],
  [2650, 1_870_047, 'platform.audience_unusable'],
  [2650, 1_870_065, 'platform.audience_unusable'],
  [2650, 1_870_145, 'platform.rate_limited'],
  [2650, 1_870_148, 'platform.session_lost'],
  [2650, 1_870_144, 'platform.audience_unusable'],
  [2650, 1_870_147, 'platform.session_lost'],
  [2650, 1_870_158, 'platform.session_lost'],
  [2650, 1_870_159, 'platform.session_lost'],
  [2635, undefined, 'platform.invalid_request'],
  [2656, undefined, 'platform.audience_unusable'],
  [506, undefined, 'platform.invalid_request'],
  [999_999, undefined, 'platform.invalid_request'],
]

describe('meta: toMetaError', () => {
  it.each(rows)('takes %i/%s for %s', (code, error_subcode, expected) => {
    const error = classify(reply({ code, ...(error_subcode !== undefined && { error_subcode }) }))
    expect(error?.code).toBe(expected)
    expect(error?.params).toMatchObject({ act: 'adding people', meta_code: code })
    expect((error?.wait.retryAfterMs ?? 0) > 0).toBe(expected === 'platform.rate_limited')
  })

  it('asks for a smaller request when code 1 says so, since repeating never helps (trap 9)', () => {
    const message = 'Please reduce the amount of data you are asking for, then retry your request'
    expect(classify(reply({ code: 1, message, is_transient: true }, {}, 500))?.code).toBe(
      'platform.request_too_large',
    )
  })

  it('takes any other fault that Meta calls transient for one that passes', () => {
    expect(classify(reply({ code: 100, is_transient: true }))?.code).toBe('platform.transient')
    expect(classify(reply({ code: 999_999, is_transient: true }))?.code).toBe('platform.transient')
    expect(classify(reply({ code: 17, is_transient: true }))?.code).toBe('platform.rate_limited')
    expect(classify(reply({ code: 190, is_transient: true }))?.code).toBe('platform.auth_expired')
  })

  it('takes an unknown code with a server status for a fault that passes', () => {
    expect(classify(reply({ code: 999_999 }, {}, 503))?.code).toBe('platform.transient')
  })

  it('waits the minutes that the business-use-case header tells', () => {
    const usage = JSON.stringify({ 1: [entry(3)], 2: [entry(17)] })
    const error = classify(reply({ code: 80_003 }, { 'x-business-use-case-usage': usage }))
    expect(error?.wait.retryAfterMs).toBe(17 * 60_000)
  })

  it('waits the seconds that the ad-account header tells', () => {
    const usage = JSON.stringify({ acc_id_util_pct: 100, reset_time_duration: 120 })
    expect(classify(reply({ code: 17 }, { 'x-ad-account-usage': usage }))?.wait.retryAfterMs).toBe(120_000)
  })

  it('waits an hour after too many budget changes and a second after a burst', () => {
    expect(classify(reply({ code: 613, error_subcode: 1_487_632 }))?.wait.retryAfterMs).toBe(3_600_000)
    expect(classify(reply({ code: 613, error_subcode: 5_044_001 }))?.wait.retryAfterMs).toBe(1000)
  })

  it('reads a broken or hostile usage header as none', () => {
    for (const header of ['{', '[]', 'null', '{"1":[{"estimated_time_to_regain_access":"soon"}]}'])
      expect(
        classify(reply({ code: 80_003 }, { 'x-business-use-case-usage': header }))?.wait.retryAfterMs,
      ).toBe(300_000)
  })

  it('gives the link of the terms', () => {
    const error = classify(reply({ code: 200, error_subcode: 1_870_090 }, {}, 403))
    expect(error?.params['link']).toBe('https://business.facebook.com/ads/manage/customaudiences/tos/?act=42')
    expect(termsLink('act_42')).toBe(error?.params['link'])
  })

  it('says that 100/33 is more often a missing right than a missing object (trap 7)', () => {
    expect(classify(reply({ code: 100, error_subcode: 33 }))?.params['remedy']).toMatch(/right/)
  })

  it('takes an error object for an error whatever the status', () => {
    expect(classify(reply({ code: 190 }, {}, 200))?.code).toBe('platform.auth_expired')
  })

  it('quotes Meta without people, tokens and hashes (traps 12 and 13)', () => {
    const hash = 'f1904cf1a9d73a55fa5de0ac823c4403ded71afd4c3248d00bdcd0866552bb79'
    const message = `Invalid ${hash} of mary@example.com, access_token=EAAGm0PX4ZCpsBAKZCZAZAsecretsecretsecret`
    const said = String(classify(reply({ code: 100, message }))?.params['said'])
    expect(said).not.toContain(hash)
    expect(said).not.toContain('mary@')
    expect(said).not.toContain('EAAG')
  })

  it.each([
    [200, undefined],
    [302, 'platform.unreadable_answer'],
    [400, 'platform.unreadable_answer'],
    [401, 'platform.auth_expired'],
    [403, 'platform.permission_missing'],
    [404, 'platform.not_found'],
    [413, 'platform.request_too_large'],
    [414, 'platform.request_too_large'],
    [429, 'platform.rate_limited'],
    [431, 'platform.request_too_large'],
    [500, 'platform.transient'],
    [503, 'platform.transient'],
  ])('takes a page with status %i for %s', (status, code) => {
    for (const body of ['<html></html>', '']) expect(classify({ status, headers: {}, body })?.code).toBe(code)
  })
})

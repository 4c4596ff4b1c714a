import { describe, expect, it } from 'vitest'
import { toEventPayload, type EventFrame } from '../../../../connectors/ga4/destinations/event-payload.ts'
import { toPropertyName } from '../../../../connectors/ga4/destinations/segment-property.ts'
import type { JsonValue } from '../../../../core/port/json.ts'

const now = Date.parse('2026-11-22T12:00:00Z')
const frame: EventFrame = { operation: 'add', property: 'seg_vip', segment: 'vip', isApp: false, now }
const payload = (fields: Record<string, JsonValue>, own: Partial<EventFrame> = {}) =>
  toEventPayload({ fields }, { ...frame, ...own })
const codeOf = (checked: ReturnType<typeof payload>): string | undefined =>
  'reason' in checked ? checked.reason.code : undefined

const at = (ms: number): string => new Date(now + ms).toISOString()

const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, 'x']))

describe('ga4: event payload', () => {
  it('tells the entry as an event, and the segment as a user property', () => {
    expect(payload({ client_id: '1326744211.1700000000', user_id: 'crm-1', ltv_tier: 'gold' })).toEqual({
      value: {
        client_id: '1326744211.1700000000',
        user_id: 'crm-1',
        timestamp_micros: now * 1000,
        user_properties: { seg_vip: { value: 'in' }, ltv_tier: { value: 'gold' } },
        events: [{ name: 'segment_entered', params: { segment: 'vip', engagement_time_msec: 1 } }],
      },
    })
  })

  it('tells the exit with the property set to "out", because a property cannot be taken back', () => {
    expect(payload({ user_id: 'crm-1' }, { operation: 'remove' })).toMatchObject({
      value: {
        user_properties: { seg_vip: { value: 'out' } },
        events: [{ name: 'segment_exited' }],
      },
    })
  })

  it('takes the user id for the client id where there is none, because a body needs one', () => {
    expect(payload({ user_id: 'crm-1' })).toMatchObject({ value: { client_id: 'crm-1', user_id: 'crm-1' } })
  })

  it('sends the session and only plain consents', () => {
    expect(
      payload({
        user_id: 'u',
        session_id: '1700000001',
        ad_user_data_consent: true,
        ad_personalization_consent: 'yes',
      }),
    ).toMatchObject({
      value: {
        consent: { ad_user_data: 'GRANTED', ad_personalization: 'DENIED' },
        events: [{ params: { session_id: '1700000001' } }],
      },
    })
  })

  it('sends what the ledger of consents says, and takes nothing decided for a no', () => {
    const consents = { ad_user_data_consent: 'granted', ad_personalization_consent: 'unknown' }
    expect(payload({ user_id: 'u', ...consents })).toMatchObject({
      value: { consent: { ad_user_data: 'GRANTED', ad_personalization: 'DENIED' } },
    })
  })

  it('rejects events from before 72 hours and from the future, which Google would move silently', () => {
    const hour = 3_600_000
    expect(codeOf(payload({ user_id: 'u', occurred_at: at(-72 * hour) }))).toBeUndefined()
    expect(codeOf(payload({ user_id: 'u', occurred_at: at(-72 * hour - 1) }))).toBe('time_outside_window')
    expect(codeOf(payload({ user_id: 'u', occurred_at: at(1) }))).toBe('time_outside_window')
    expect(codeOf(payload({ user_id: 'u', occurred_at: 'noon' }))).toBe('invalid_time')
  })

  it.each([
    ['user_id', 'ada@example.com'],
    ['client_id', '+33612345678'],
    ['client_id', '973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b'],
    ['ltv_tier', 'ada@example.com'],
  ])('rejects personal data in %s and never repeats it', (field, value) => {
    const checked = payload({ user_id: 'crm-1', [field]: value })
    expect(codeOf(checked)).toBe('personal_data')
    expect(JSON.stringify(checked)).not.toContain(value)
    expect(JSON.stringify(checked)).toContain(field)
  })

  it('looks into lists and objects, too', () => {
    expect(codeOf(payload({ user_id: 'crm-1', tags: ['gold', 'ada@example.com'] }))).toBe('personal_data')
  })

  it.each([
    'ga_tier',
    'google_tier',
    'firebase_tier',
    'user_id2_is_far_too_long_here',
    '9lives',
    'with space',
    'first_visit_time',
  ])('rejects the user property name %s', (name) => {
    expect(codeOf(payload({ user_id: 'crm-1', [name]: 'x' }))).toBe('invalid_user_property')
  })

  it('rejects values of more than 36 characters and more than 25 user properties', () => {
    expect(codeOf(payload({ user_id: 'crm-1', tier: 'x'.repeat(36) }))).toBeUndefined()
    expect(codeOf(payload({ user_id: 'crm-1', tier: 'x'.repeat(37) }))).toBe('invalid_user_property')
    expect(codeOf(payload({ user_id: 'crm-1', ...many(24) }))).toBeUndefined()
    expect(codeOf(payload({ user_id: 'crm-1', ...many(25) }))).toBe('too_many_user_properties')
  })

  it('needs an installation for app streams, whose 32 hexadecimal digits are no hash there', () => {
    const id = '0123456789abcdef0123456789abcdef'
    expect(payload({ app_instance_id: id }, { isApp: true })).toMatchObject({
      value: { app_instance_id: id },
    })
    expect(codeOf(payload({ user_id: 'crm-1' }, { isApp: true }))).toBe('missing_identifier')
    expect(codeOf(payload({ app_instance_id: id, user_id: 'crm-1' }))).toBe('personal_data')
  })

  it('ignores empty values', () => {
    expect(codeOf(payload({ client_id: '', user_id: null }))).toBe('missing_identifier')
    expect(payload({ client_id: null, user_id: 'crm-1', tier: null })).toMatchObject({
      value: { user_properties: { seg_vip: { value: 'in' } } },
    })
  })
})

describe('ga4: name of a segment as user property', () => {
  it('has at most 24 letters, digits and underscores, and keeps names apart', () => {
    expect(toPropertyName('vip')).toBe('seg_vip')
    const names = [
      'VIP',
      'v i p',
      'Été 2026',
      '夏',
      'a very long name of a segment',
      'a very long name of a segment 2',
    ].map(toPropertyName)
    for (const name of names) expect(name).toMatch(/^seg_\w{1,20}$/)
    expect(new Set([...names, 'seg_vip']).size).toBe(7)
  })
})

import { describe, expect, it } from 'vitest'
import {
  toAudienceMember,
  whyNotConsented,
  whyUnmatchable,
} from '../../../../connectors/google-ads/audience-member.ts'
import { sha256 } from '../../../../connectors/google-ads/hashing.ts'
import type { JsonValue } from '../../../../core/port/json.ts'

const rules = { gmail_rule: 'dots_and_tags', hash_encoding: 'hex' } as const
const member = (fields: Record<string, JsonValue>) => toAudienceMember({ fields }, rules)
const hex = (text: string): string => sha256(text, 'hex')
const address = { given_name: 'Ada', family_name: 'Lovelace', region_code: 'gb', postal_code: 'W1J 7NT' }

describe('one person as Google matches them', () => {
  it('hashes e-mail and phone, and sends region and postal code as they are (trap 10)', () => {
    expect(member({ email: ' A@B.com', phone: '020 7946 0018', ...address }).identifiers).toEqual([
      { emailAddress: hex('a@b.com') },
      { phoneNumber: hex('+442079460018') },
      {
        address: {
          givenName: hex('ada'),
          familyName: hex('lovelace'),
          regionCode: 'GB',
          postalCode: 'W1J 7NT',
        },
      },
    ])
  })

  it.each(['given_name', 'family_name', 'region_code', 'postal_code'])(
    'sends no address that lacks %s, because Google would refuse everybody for it',
    (missing) => {
      const fields = { email: 'a@b.com', ...address, [missing]: '' }
      expect(member(fields).identifiers).toEqual([{ emailAddress: hex('a@b.com') }])
    },
  )

  it('lets a bad value cost only itself', () => {
    const { identifiers, unusable } = member({ email: 'a@b.com', phone: '++++' })
    expect(identifiers).toEqual([{ emailAddress: hex('a@b.com') }])
    expect(unusable).toEqual(['phone'])
  })

  it('takes lists of addresses, each once, up to ten identifiers', () => {
    const many = Array.from({ length: 12 }, (_, index) => `p${index}@b.com`)
    const { identifiers } = member({ email: ['p0@b.com', ...many] })
    expect(identifiers).toHaveLength(10)
    expect(new Set(identifiers.map((each) => JSON.stringify(each))).size).toBe(10)
  })

  it('writes all hashes of a request in the encoding of the connection', () => {
    const fields = { email: hex('a@b.com'), phone: '+33612345678' }
    expect(toAudienceMember({ fields }, { ...rules, hash_encoding: 'base64' }).identifiers).toEqual([
      { emailAddress: sha256('a@b.com', 'base64') },
      { phoneNumber: sha256('+33612345678', 'base64') },
    ])
  })

  it.each([
    [{}, 'missing_identifier'],
    [{ email: null, phone: ' ' }, 'missing_identifier'],
    [{ email: hex('') }, 'invalid_email'],
    [{ email: 'nobody' }, 'invalid_email'],
    [{ email: 'nobody', phone: '++++' }, 'no_usable_identifier'],
    [{ email: { nested: 'a@b.com' } }, 'missing_identifier'],
    [{ family_name: 'Lovelace' }, 'missing_identifier'],
  ] as [Record<string, JsonValue>, string][])('tells why %j matches nobody', (fields, code) => {
    const why = whyUnmatchable(member(fields))
    expect(why?.code).toBe(code)
    expect(why?.message).not.toContain('nobody')
  })
})

const keepBack = { denied_personalization: 'keep_back' } as const
const declare = { denied_personalization: 'declare' } as const

describe('consent of one person', () => {
  it.each([[{}], [{ ad_user_data: 'granted' }], [{ ad_user_data: true, ad_personalization: 'GRANTED' }]])(
    'lets %j through',
    (fields) => expect(whyNotConsented({ fields }, keepBack)).toBeUndefined(),
  )

  it.each([
    [{ ad_user_data: 'denied' }],
    [{ ad_user_data: 'granted', ad_personalization: 'unknown' }],
    [{ ad_personalization: null }],
    [{ ad_user_data: false }],
    [{ ad_user_data: '' }],
  ])('keeps %j back: whatever is mapped and not granted is closed', (fields) =>
    expect(whyNotConsented({ fields }, keepBack)?.code).toBe('consent_not_granted'),
  )

  it('lets denied personalisation through only where the connection declares it, and nothing else', () => {
    const denied = { ad_user_data: 'granted', ad_personalization: 'denied' }
    expect(whyNotConsented({ fields: denied }, declare)).toBeUndefined()
    for (const fields of [
      { ...denied, ad_user_data: 'denied' },
      { ...denied, ad_personalization: 'unknown' },
      { ...denied, ad_personalization: null },
    ])
      expect(whyNotConsented({ fields }, declare)?.code).toBe('consent_not_granted')
  })
})

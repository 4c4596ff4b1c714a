import { describe, expect, it } from 'vitest'
import { diagnosePhone } from '../../../core/profile/diagnose-phone.ts'

// What Google's library for Java says of the same numbers.
describe('diagnosePhone', () => {
  it('tells all that is known about a valid number', () => {
    expect(diagnosePhone('+1 415 555 2671 x123')).toEqual({
      valid: true,
      length: undefined,
      country: 'US',
      callingCode: '1',
      national: '4155552671',
      extension: '123',
      e164: '+14155552671',
      type: 'FIXED_LINE_OR_MOBILE',
      shown: {
        international: '+1 415-555-2671 ext. 123',
        national: '(415) 555-2671 ext. 123',
        link: 'tel:+1-415-555-2671;ext=123',
      },
    })
  })

  it.each([
    ['07781 123456', 'GB', 'GG'],
    ['+39 06 698 12345', undefined, 'VA'],
    ['+7 701 234 5678', undefined, 'KZ'],
    ['+800 1234 5678', undefined, '001'],
    ['+1 (555) 555-5555', undefined, undefined],
    ['12', 'US', undefined],
  ])('puts %s read in %s into %s', (text, country, expected) => {
    expect(diagnosePhone(text, country)).toMatchObject({ country: expected })
  })

  it.each([
    ['+2474012', 'too_short'],
    ['+37611180012345', 'too_long'],
    ['+49 30 901820', undefined],
  ])('tells the length of %s: %s', (text, length) => {
    expect(diagnosePhone(text)).toMatchObject({ length })
  })

  it.each([
    ['abc', 'US', 'not_a_number'],
    ['0', 'GB', 'not_a_number'],
    ['+999 123456', undefined, 'invalid_country'],
    ['49 30 901820', undefined, 'invalid_country'],
    ['+1234567890123456789', undefined, 'too_long'],
    ['1'.repeat(200), 'US', 'too_long'],
  ])('says why %s in %s is no number: %s', (text, country, fault) => {
    expect(diagnosePhone(text, country)).toBe(fault)
  })

  it.each([
    ['020 7946 0018 ext. 42', 'GB', '+44 20 7946 0018 x42'],
    ['011 15-2345-6789', 'AR', '+54 9 11 2345-6789'],
  ])('shows %s of %s abroad as %s', (text, country, international) => {
    expect(diagnosePhone(text, country)).toMatchObject({ shown: { international } })
  })
})

import * as fc from 'fast-check'
import {
  getCountries,
  getExampleNumber,
  isSupportedCountry,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max'
import examples from 'libphonenumber-js/mobile/examples'
import { describe, expect, it } from 'vitest'
import { normalisePhone } from '../../../core/profile/normalise-phone.ts'
import { recognisePhone } from '../../../core/profile/recognise-phone.ts'
import { Refusal } from '../../../core/profile/refusal.ts'

const codeOf = (result: string | Refusal) => (result instanceof Refusal ? result.code : result)

describe('normalisePhone', () => {
  it.each([
    ['06 12 34 56 78', 'FR', '+33612345678'],
    ['+33 (0)6 12 34 56 78', undefined, '+33612345678'],
    ['＋３３６１２３４５６７８', undefined, '+33612345678'],
    ['0033612345678', 'FR', '+33612345678'],
    ['0033612345678', undefined, '+33612345678'],
    ['0033612345678', 'US', '+33612345678'],
    ['++49 30 123456', undefined, '+4930123456'],
    ['33612345678', 'FR', '+33612345678'],
    ['07400 123456', 'GB', '+447400123456'],
    ['(201) 555-0123', 'US', '+12015550123'],
    ['8 (912) 345-67-89', 'RU', '+79123456789'],
    ['06.12.34.56.78', 'FR', '+33612345678'],
    ['(+49) 30 901820', undefined, '+4930901820'],
    ['\u00a0+49\u00a030\u00a0901820', undefined, '+4930901820'],
    ['\u202a+49 30 901820\u202c', undefined, '+4930901820'],
    ['Tel. 030 901820', 'DE', '+4930901820'],
    ['Tél : 06 12 34 56 78', 'FR', '+33612345678'],
    ['tel:+1-415-555-2671', undefined, '+14155552671'],
    ['1-800-FLOWERS', 'US', '+18003569377'],
    ['1 800 GOT JUNK', 'US', '+18004685865'],
    ['1300 FLOWER', 'AU', '+611300356937'],
  ])('reads %s in %s as %s', (text, country, expected) => {
    expect(normalisePhone(text, country)).toBe(expected)
  })

  it.each([
    ['12', 'FR', 'invalid_phone'],
    ['0612345678', undefined, 'invalid_phone'],
    ['0612345678', 'XX', 'invalid_phone'],
    ['+33 6 12 34 56 7', undefined, 'invalid_phone'],
    ['+999 123456', undefined, 'invalid_phone'],
    ['call 0612345678', 'FR', 'invalid_phone'],
    ['0612345678 / 0698765432', 'FR', 'invalid_phone'],
    ['+33 6 12 34 56 78 ext 5', undefined, 'phone_extension'],
    ['', 'FR', 'invalid_phone'],
    // With the letters read as digits it would be somebody else's number.
    ['020 7946 home', 'GB', 'invalid_phone'],
    ['+1 415 555 HOME', undefined, 'invalid_phone'],
    ['tel:+1-415-555-2671;ext=99', undefined, 'phone_extension'],
    ['Fax 030 901820', 'DE', 'invalid_phone'],
  ])('refuses %s in %s', (text, country, code) => {
    expect(codeOf(normalisePhone(text, country))).toBe(code)
  })

  it('refuses a text of a hundred thousand signs at once', () => {
    expect(codeOf(normalisePhone('+'.repeat(100_000), 'FR'))).toBe('invalid_phone')
  })

  it("brings every country's example to the same form however it is written", () => {
    for (const country of getCountries()) {
      const example = getExampleNumber(country, examples)
      if (!example) continue
      const written = [example.number, example.formatInternational(), example.formatNational()]
      expect([country, ...written.map((text) => normalisePhone(text, country))]).toEqual([
        country,
        example.number,
        example.number,
        example.number,
      ])
    }
  })

  it('gives its own result back', () => {
    const valid = fc
      .tuple(fc.constantFrom(...getCountries()), fc.stringMatching(/^\d{4}$/))
      .map(([country, last]) =>
        normalisePhone(`${getExampleNumber(country, examples)?.number.slice(0, -4)}${last}`),
      )
      .filter((normal) => typeof normal === 'string')
    fc.assert(
      fc.property(valid, (normal) => {
        expect(normalisePhone(normal, 'US')).toBe(normal)
      }),
    )
    expect.hasAssertions()
  })
})

describe('recognisePhone', () => {
  /** A country's example with other last digits, one too many or too few, and written with any prefix. */
  const nearNumber = fc
    .record({
      country: fc.constantFrom(...getCountries()),
      assumed: fc.constantFrom(...getCountries()),
      digits: fc.stringMatching(/^\d{0,7}$/),
      longer: fc.constantFrom(0, 0, 0, 0, 1, -1),
      prefix: fc.constantFrom('', '', '+', '+', '0', '00', '1', '8'),
    })
    .map(({ country, assumed, digits, longer, prefix }) => {
      const example = getExampleNumber(country, examples)
      const international = prefix === '+' || prefix === '00'
      const national = example?.nationalNumber ?? '612345678'
      const changed = national.slice(0, Math.max(0, national.length - digits.length + longer)) + digits
      const start = international ? (example?.countryCallingCode ?? '33') : ''
      return { text: prefix + start + changed, country: international ? assumed : country }
    })

  it('agrees with libphonenumber wherever it does not abstain', () => {
    let recognised = 0
    fc.assert(
      fc.property(nearNumber, ({ text, country }) => {
        const fast = recognisePhone(text, country)
        if (fast === undefined) return
        recognised += 1
        const phone = parsePhoneNumberFromString(text, { defaultCountry: country, extract: false })
        expect({ text, country, number: phone?.number, valid: phone?.isValid() }).toEqual({
          text,
          country,
          number: fast,
          valid: true,
        })
      }),
      { numRuns: 20_000 },
    )
    expect(recognised).toBeGreaterThan(1000)
  })

  it("recognises the plain forms of most countries' numbers, so the library is the exception", () => {
    const plain = getCountries().filter((country) => {
      const example = getExampleNumber(country, examples)
      return example && recognisePhone(example.number, undefined) === example.number
    })
    expect(plain.length).toBeGreaterThan(200)
    expect(isSupportedCountry('FR')).toBe(true)
  })
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseBirthDate } from '../../../../../connectors/meta/normalise/birth-date.ts'
import { normaliseAdvertiserId } from '../../../../../connectors/meta/normalise/ids.ts'
import { normaliseInitial, normaliseName } from '../../../../../connectors/meta/normalise/names.ts'
import { normalisePhone } from '../../../../../connectors/meta/normalise/phone.ts'
import {
  normaliseCity,
  normaliseState,
  normaliseZip,
} from '../../../../../connectors/meta/normalise/places.ts'
import { keyRules } from '../../../../../connectors/meta/normalise/rules.ts'
import { toPersonCells, whyUnmatchable } from '../../../../../connectors/meta/person-cells.ts'

describe('meta: normalisePhone', () => {
  it.each([
    ['06 12 34 56 78', 'FR', '33612345678'],
    ['+33 6 12 34 56 78', undefined, '33612345678'],
    ['0033612345678', undefined, '33612345678'],
    ['+44 (0)20 7946 0018', undefined, '442079460018'],
    ['＋３３６１２３４５６７８', undefined, '33612345678'],
    ['015112345678', 'DE', '4915112345678'],
  ])('brings "%s" in %s to %s', (text, country, expected) => {
    expect(normalisePhone(text, country)).toBe(expected)
  })

  it.each([
    ['0612345678', undefined],
    ['015112345678', undefined],
    ['+1 650 555 1212 ext. 5', undefined],
    ['+1 call me', undefined],
    ['+12', undefined],
    ['+1234567890123456', undefined],
    ['++++', undefined],
    ['n/a', 'FR'],
  ])('gives nothing for "%s" in %s', (text, country) => {
    expect(normalisePhone(text, country)).toBeUndefined()
  })

  it('keeps a number in its own form as it is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[1-9]\d{6,14}$/), (digits) => {
        expect(normalisePhone(`+${digits}`)).toBe(digits)
      }),
    )
  })
})

describe('meta: other keys', () => {
  it('normalises what is normalised already to itself', () => {
    fc.assert(
      fc.property(fc.constantFrom(...keyRules), fc.string(), (rule, text) => {
        const once = rule.normalise(text)
        if (once === undefined || rule.key === 'PHONE') return
        expect(rule.normalise(once)).toBe(once)
      }),
    )
  })

  it('never yields an empty text', () => {
    fc.assert(
      fc.property(fc.constantFrom(...keyRules), fc.string({ unit: 'grapheme' }), (rule, text) => {
        expect(rule.normalise(text)).not.toBe('')
      }),
    )
  })

  it('strips spaces and punctuation out of names and keeps accents', () => {
    expect(normaliseName('Jean-Luc  d’Été')).toBe('jeanlucdété')
    expect(normaliseName('...')).toBeUndefined()
  })

  it('takes the first letter whole, also outside the basic plane', () => {
    expect(normaliseInitial(' Émile')).toBe('é')
    expect(normaliseInitial('𠮷田')).toBe('𠮷')
  })

  it('keeps only letters of a city', () => {
    expect(normaliseCity('St. Louis 2')).toBe('stlouis')
    expect(normaliseCity('東京')).toBeUndefined()
  })

  it('does not take a country’s region for a state of the USA', () => {
    expect(normaliseState('Georgia', 'GE')).toBe('georgia')
    expect(normaliseState('Georgia', 'US')).toBe('ga')
    expect(normaliseState('Île-de-France', 'FR')).toBe('îledefrance')
  })

  it('shortens only codes of the USA to five digits', () => {
    expect(normaliseZip('01310-1000', 'US')).toBe('01310')
    expect(normaliseZip('12345-6789', 'BR')).toBe('123456789')
    expect(normaliseZip('1229-076', 'PT')).toBe('1229076')
  })

  it.each(['1899-01-01', '1997-02-30', '16/2/1997', 'yesterday', '97-02-16'])(
    'reads no birth date in "%s"',
    (text) => {
      expect(parseBirthDate(text)).toBeUndefined()
    },
  )

  it('keeps an advertiser id readable and refuses the zero id', () => {
    expect(normaliseAdvertiserId('AEBE52E7-03EE-455A-B3C4-E57283966239')).toBe(
      'aebe52e7-03ee-455a-b3c4-e57283966239',
    )
    expect(normaliseAdvertiserId('00000000-0000-0000-0000-000000000000')).toBeUndefined()
  })
})

describe('meta: toPersonCells', () => {
  it('keeps the e-mail of a person whose phone is of no use (B5)', () => {
    const person = toPersonCells({ fields: { EMAIL: 'a@b.com', PHONE: 'none' } })
    expect([...person.cells.keys()]).toEqual(['EMAIL'])
    expect(person.unusable).toEqual(['PHONE'])
    expect(whyUnmatchable(person)).toBeUndefined()
  })

  it('cuts a date of birth into its three keys', () => {
    const { cells } = toPersonCells({ fields: { EMAIL: 'a@b.com', DOB: '1997-02-16' } })
    expect([...cells.keys()]).toEqual(['EMAIL', 'DOBY', 'DOBM', 'DOBD'])
  })

  it('sends ids as they are and everything else hashed', () => {
    const fields = { EXTERN_ID: ' c-42 ', MADID: 'AEBE52E7-03EE-455A-B3C4-E57283966239', FN: 'Ada' }
    const { cells } = toPersonCells({ fields })
    expect(cells.get('EXTERN_ID')).toBe('c-42')
    expect(cells.get('MADID')).toBe('aebe52e7-03ee-455a-b3c4-e57283966239')
    expect(cells.get('FN')).toMatch(/^[0-9a-f]{64}$/)
  })

  it.each([
    [{ FN: 'Ada' }, 'missing_identifier'],
    [{ EMAIL: 'ada@' }, 'invalid_email'],
    [{ PHONE: '12' }, 'invalid_phone'],
    [{ EMAIL: 'ada@', PHONE: '12' }, 'no_usable_identifier'],
  ])('says why %j names nobody, without the value', (fields, code) => {
    const reason = whyUnmatchable(toPersonCells({ fields }))
    expect(reason?.code).toBe(code)
    for (const value of Object.values(fields)) expect(reason?.message).not.toContain(value)
  })
})

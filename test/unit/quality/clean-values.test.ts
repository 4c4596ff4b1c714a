import { assert, constantFrom, property, stringMatching } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Refusal } from '../../../core/profile/refusal.ts'
import { isDisposableDomain } from '../../../core/quality/disposable-domains.ts'
import { fingerprint, ngramFingerprint } from '../../../core/quality/fingerprint.ts'
import { normalisePostcode } from '../../../core/quality/normalise-postcode.ts'
import { parseMoney, writeMoney } from '../../../core/quality/parse-money.ts'
import { populationStability } from '../../../core/quality/population-stability.ts'
import { readDay } from '../../../core/quality/read-day.ts'
import { isRoleMailbox } from '../../../core/quality/role-address.ts'
import { suggestDomain } from '../../../core/quality/suggest-domain.ts'

const refused = (code: string): Refusal => new Refusal(code)

describe('e-mail hygiene', () => {
  it('knows throw-away providers and what is below them', () => {
    expect(['mailinator.com', 'eu.mailinator.com', 'MAILINATOR.COM'].map(isDisposableDomain)).toEqual([
      true,
      true,
      true,
    ])
    expect(['gmail.com', 'com', 'mailinator.example'].map(isDisposableDomain)).toEqual([false, false, false])
  })

  it('knows mailboxes of a function', () => {
    expect(['info', 'Contact', 'compta', 'no-reply', 'sales+eu'].every(isRoleMailbox)).toBe(true)
    expect(['ada', 'infante', 'salesman', 'marc'].some(isRoleMailbox)).toBe(false)
  })

  it.each([
    ['gmial.com', 'gmail.com'],
    ['gmail.con', 'gmail.com'],
    ['hotmial.fr', 'hotmail.fr'],
    ['wanado.fr', 'wanadoo.fr'],
    ['lapotse.net', 'laposte.net'],
  ])('suggests for %s: %s', (written, meant) => {
    expect(suggestDomain(written)).toBe(meant)
  })

  it.each([
    'gmail.com',
    'email.com',
    'ymail.com',
    'free.fr',
    'gmx.at',
    'example.com',
    'my-company.fr',
    'mail.ru',
  ])('lets %s be what it is', (domain) => {
    expect(suggestDomain(domain)).toBeUndefined()
  })
})

describe('postcodes', () => {
  it.each([
    ['sw1a1aa', 'GB', 'SW1A 1AA'],
    ['1000', 'FR', '01000'],
    ['F-75001', 'FR', '75001'],
    ['1234ab', 'NL', '1234 AB'],
    ['021341000', 'US', '02134-1000'],
    ['k1a0b1', 'CA', 'K1A 0B1'],
    ['00950', 'PL', '00-950'],
  ])('%s in %s is written %s', (text, country, normal) => {
    expect(normalisePostcode(text, country)).toBe(normal)
  })

  it.each([
    ['99999', 'FR'],
    ['1234 SS', 'NL'],
    ['12', 'DE'],
    ['D1A 1A1', 'CA'],
  ])('%s is none of %s', (text, country) => {
    expect(normalisePostcode(text, country)).toEqual(refused('invalid_postcode'))
  })

  it('of a country without a plan are left alone', () => {
    expect(normalisePostcode(' ab 12 ', 'AE')).toBe('AB 12')
  })

  it('in their normal form stay as they are', () => {
    assert(
      property(
        stringMatching(/^[A-Z0-9 -]{3,9}$/),
        constantFrom('FR', 'GB', 'NL', 'US', 'PL', 'LV'),
        (text, country) => {
          const normal = normalisePostcode(text, country)
          expect(typeof normal === 'string' ? normalisePostcode(normal, country) : normal).toEqual(normal)
        },
      ),
    )
  })
})

describe('money', () => {
  it.each([
    ['1 234,50 €', '1234.50 EUR'],
    ['$1,234.50', '1234.50 USD'],
    ['EUR 12', '12.00 EUR'],
    ['(3.20)', '-3.20 EUR'],
    ['-12,5 €', '-12.50 EUR'],
    ['CHF 1’200.05', '1200.05 CHF'],
    ['Fr. 20', '20.00 CHF'],
    ['¥ 1,000,000', '1000000 JPY'],
    ['.5 €', '0.50 EUR'],
    ['0.125 EUR', '0.125 EUR'],
  ])('%s is %s', (text, normal) => {
    const money = parseMoney(text, 'EUR')
    expect(money instanceof Refusal ? money : writeMoney(money)).toBe(normal)
  })

  it.each([
    ['1.234 €', 'ambiguous_amount'],
    ['12 kr', 'unknown_currency'],
    ['5 XXX5', 'not_money'],
    ['1.2.3', 'not_money'],
    ['', 'not_money'],
  ])('%s is refused: %s', (text, code) => {
    expect(parseMoney(text, 'EUR')).toEqual(refused(code))
  })

  it('needs a currency from somewhere', () => {
    expect(parseMoney('12')).toEqual(refused('no_currency'))
    expect(parseMoney('$5', 'CAD')).toEqual({ amount: 5, currency: 'CAD' })
  })
})

describe('days', () => {
  it('are refused where two ways of writing read different ones', () => {
    const ways = ['DD/MM/YYYY', 'MM/DD/YYYY']
    expect(readDay('03/04/2026', ways)).toEqual(refused('ambiguous_date'))
    expect(readDay('04/04/2026', ways)).toBe('2026-04-04')
    expect(readDay('31/12/2026', ways)).toBe('2026-12-31')
    expect(readDay('31.12.2026', ways)).toEqual(refused('not_a_date'))
  })
})

describe('fingerprints', () => {
  it('are one for spellings of one name', () => {
    const spellings = ['Société Générale', 'generale, societe', '  SOCIETE   GENERALE. ']
    expect(new Set(spellings.map(fingerprint))).toEqual(new Set(['generale societe']))
  })

  it('of runs of letters bear a missing space', () => {
    expect(ngramFingerprint('Saint Denis')).toBe(ngramFingerprint('saintdenis'))
  })
})

describe('population stability', () => {
  it('is zero for the same shares, whatever the size', () => {
    expect(populationStability([10, 30], [100, 300])).toBeCloseTo(0, 12)
  })

  it('is large for another population, and finite for an empty bin', () => {
    expect(populationStability([50, 50], [5, 95])).toBeGreaterThan(0.25)
    expect(Number.isFinite(populationStability([100, 0], [0, 100]))).toBe(true)
    expect(populationStability([0], [1])).toBeNaN()
  })
})

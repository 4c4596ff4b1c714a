import { describe, expect, it } from 'vitest'
import { hashOfNothing, sha256Hex } from '../../../../../connectors/meta/hashing.ts'
import { parseBirthDate } from '../../../../../connectors/meta/normalise/birth-date.ts'
import { toPhoneDigits } from '../../../../../connectors/meta/normalise/phone.ts'
import type { MetaKey } from '../../../../../connectors/meta/normalise/rules.ts'
import { keyRules } from '../../../../../connectors/meta/normalise/rules.ts'
import { toPersonCells } from '../../../../../connectors/meta/person-cells.ts'
import type { JsonValue } from '../../../../../core/port/json.ts'

const cell = (key: MetaKey, value: JsonValue, others: Record<string, JsonValue> = {}): string | undefined =>
  toPersonCells({ fields: { [key]: value, ...others } }).cells.get(key)

const normalise = (key: MetaKey, text: string, country?: string): string | undefined =>
  keyRules.find((rule) => rule.key === key)?.normalise(text, country)

/** Meta's documentation examples: raw, normalised, SHA-256. */
const published: readonly [MetaKey, string, string, string, string?][] = [
  [
    'EMAIL',
    'mary@example.com',
    'mary@example.com',
    'f1904cf1a9d73a55fa5de0ac823c4403ded71afd4c3248d00bdcd0866552bb79',
  ],
  [
    'EMAIL',
    'John_Smith@gmail.com',
    'john_smith@gmail.com',
    '62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f',
  ],
  ['PHONE', '15559876543', '15559876543', '1ef970831d7963307784fa8688e8fce101a15685d62aa765fed23f3a2c576a4e'],
  [
    'PHONE',
    '(650)555-1212',
    '16505551212',
    'e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176',
    'US',
  ],
  ['FN', 'Mary', 'mary', '6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec'],
  ['FN', '정', '정', '8fa8cd9c440be61d0151429310034083132b35975c4bea67fdd74158eb51db14'],
  ['FN', 'Vale\u0301ry', 'val\u00e9ry', '08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c'],
  ['COUNTRY', 'United States', 'us', '79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621'],
  ['CT', 'New York', 'newyork', '350c754ba4d38897693aa077ef43072a859d23f613443133fecbbd90a3512ca5'],
  ['ST', 'California', 'ca', '6959097001d10501ac7d54c0bdb8db61420f658f2922cc26e46d536119a31126'],
  ['ZIP', '94035', '94035', '1794327a4d443904421f5ca1f3d72d0a62ba2f0770d80755ec2220fc0efb052e'],
  ['ZIP', 'M1 1AE', 'm11ae', '1dc694c2070e697769fb959b50671d76cafd430d8ca191fbdd0affcaea344ac5'],
  ['GEN', 'F', 'f', '252f10c83610ebca1a059c0bae8255eba2f95be4d1d7bcfa89d7248a82d9f111'],
  ['GEN', 'Male', 'm', '62c66a7a5dd70c3146618063c344e531e6d4b59e379808443ce962b3abd63c5a'],
  ['LN', "O'Brien", 'obrien', 'b4cb6cb33fe4b865868de825023a1e2790dc12ac01ecc8d7c5afe8254071c8ba'],
]

describe('meta: published vectors', () => {
  it.each(published)('normalises and hashes %s "%s" as Meta publishes it', (...vector) => {
    const [key, raw, normalised, hash, country] = vector
    expect(normalise(key, raw, country)).toBe(normalised)
    expect(cell(key, raw, country === undefined ? {} : { COUNTRY: country })).toBe(hash)
  })

  it('hashes the birth date of the Conversions API as published', () => {
    const date = parseBirthDate('2/16/1997')
    expect(sha256Hex(`${date?.year}${date?.month}${date?.day}`)).toBe(
      '01acdbf6ec7b4f478a225f1a246e5d6767eeab1a7ffa17f025265b5b94f40f0c',
    )
  })
})

describe('meta: vectors of capi-param-builder', () => {
  it.each([
    ['EMAIL', '     John_Smith@gmail.com    ', 'john_smith@gmail.com'],
    ['EMAIL', 'user.name+tag@domain.co.uk', 'user.name+tag@domain.co.uk'],
    ['EMAIL', 'test..test@example.com', undefined],
    ['EMAIL', 'test@example', undefined],
    ['EMAIL', '.test@example.com', undefined],
    ['PHONE', '+1 (616) 954-78 88', '16169547888'],
    ['PHONE', '+001 (616) 954-78 88', '16169547888'],
    ['ZIP', '37221-3312', '37221'],
    ['ZIP', 'K1A0A6', 'k1a0a6'],
    ['ZIP', 'x', undefined],
    ['ST', '    California.   ', 'ca'],
    ['ST', 'New York', 'ny'],
    ['ST', '  TE', 'te'],
  ] as const)('normalises %s "%s"', (key, raw, normalised) => {
    expect(normalise(key, raw)).toBe(normalised)
  })

  it.each([
    ['+1 (616) 954-78 88', '16169547888'],
    ['+001 (616) 954-78 88', '16169547888'],
    ['01(650)123-4567', '16501234567'],
    ['555.123.4567', '5551234567'],
  ])('strips the phone "%s" to its digits', (raw, digits) => {
    expect(toPhoneDigits(raw)).toBe(digits)
  })

  it.each([
    ['2/16/1997 (mm/dd/yyyy)', '19970216'],
    ['05-03-1995', '19950503'],
    ['1997-02-16', '19970216'],
  ])('reads the birth date "%s"', (raw, joined) => {
    const date = parseBirthDate(raw)
    expect(`${date?.year}${date?.month}${date?.day}`).toBe(joined)
  })

  it('passes 64 hex characters through, in lower case, and does not hash twice', () => {
    const hash = sha256Hex('mary@example.com')
    expect(cell('EMAIL', hash)).toBe(hash)
    expect(cell('PHONE', hash.toUpperCase())).toBe(hash)
  })
})

describe("meta: what the SDK's own helper gets wrong (trap 14)", () => {
  it('gives no number for a national phone whose country is unknown', () => {
    expect(sha256Hex('6505551212').startsWith('5eed6d50')).toBe(true)
    expect(cell('PHONE', '(650)555-1212')).toBeUndefined()
    expect(cell('PHONE', '555.123.4567')).toBeUndefined()
  })

  it('strips dots out of a phone', () => {
    expect(sha256Hex('1555.123.4567').startsWith('bb7f3e1d')).toBe(true)
    expect(cell('PHONE', '+1 555.123.4567')).toBe(sha256Hex('15551234567'))
  })

  it('strips the apostrophe out of a name', () => {
    expect(sha256Hex("o'brien")).toBe('65b87174be3b1b122e2b0929f0b84888637d31a4a83bb96a860bcff411f5e668')
    expect(cell('LN', 'o’brien')).toBe('b4cb6cb33fe4b865868de825023a1e2790dc12ac01ecc8d7c5afe8254071c8ba')
  })

  it('takes an MD5 for no e-mail', () => {
    expect(cell('EMAIL', '098f6bcd4621d373cade4e832627b4f6')).toBeUndefined()
  })
})

describe('meta: values without content (B39)', () => {
  it.each(['', '   ', null])('never hashes %j', (nothing) => {
    for (const { key } of keyRules) expect(cell(key, nothing)).toBeUndefined()
  })

  it('trims and lowers before it hashes', () => {
    expect(cell('EMAIL', ' A@B.com ')).toBe(sha256Hex('a@b.com'))
  })

  it('refuses the hash of nothing that somebody made before us', () => {
    expect(cell('EMAIL', hashOfNothing)).toBeUndefined()
  })

  it.each([true, ['a@b.com'], { email: 'a@b.com' }])('takes %j for no key of any kind', (value) => {
    for (const { key } of keyRules) expect(cell(key, value)).toBeUndefined()
  })
})

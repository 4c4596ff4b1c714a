import { createHash } from 'node:crypto'
import { assert, constantFrom, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findPersonalData } from '../../../../connectors/ga4/personal-data.ts'

const address = 'ada.lovelace@example.com'
const digest = (algorithm: string, encoding: 'hex' | 'base64' | 'base64url', text = address): string =>
  createHash(algorithm).update(text).digest(encoding)

describe('ga4: personal data that must never be sent', () => {
  it.each([
    address,
    '  ADA.Lovelace@EXAMPLE.com ',
    'ada+news@example.co.uk',
    'user:ada@example.com:7',
    'mailto:ada@example.com',
    'ada%40example.com',
    'ada%2540example.com',
    'ada＠example.com',
    'ada﹫example.com',
    'ada@\u200Bexample.com',
    'ada @ example.com',
    'ada[at]example[dot]com',
    'ada (at) example (dot) com',
    'ada at example dot com',
    'ünï@exämple.de',
    '用户@例子.公司',
    Buffer.from(address).toString('base64'),
    Buffer.from(address).toString('base64url'),
    `id=${Buffer.from(address).toString('base64')}`,
  ])('refuses the e-mail address %j', (value) => {
    expect(findPersonalData(value)).toBe('email')
  })

  it.each([
    '+33612345678',
    '+33 6 12 34 56 78',
    '0033612345678',
    '33612345678',
    '0612345678',
    '06.12.34.56.78',
    '06-12-34-56-78',
    '(650) 555-0123',
    '650-555-0123',
    '6505550123',
    '+1 (650) 555.0123',
    '555 0123',
    'tel:+16505550123',
    'phone: +44 20 7946 0958',
    '＋33６12345678',
    '٠٦١٢٣٤٥٦٧٨',
    '06\u00A012\u00A034\u00A056\u00A078',
    '06‑12‑34‑56‑78',
    '%2B33612345678',
    Buffer.from('+33612345678').toString('base64'),
  ])('refuses the phone number %j', (value) => {
    expect(findPersonalData(value)).toBe('phone')
  })

  it.each(['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'])(
    'refuses %s digests in every writing',
    (algorithm) => {
      const hex = digest(algorithm, 'hex')
      for (const value of [
        hex,
        hex.toUpperCase(),
        `0x${hex}`,
        `${algorithm}:${hex}`,
        `user_${hex}`,
        `{${hex}}`,
        hex.replaceAll(/(..)(?=.)/g, '$1:'),
        hex.replaceAll(/(.{8})(?=.)/g, '$1-'),
        digest(algorithm, 'base64'),
        digest(algorithm, 'base64url'),
        digest(algorithm, 'base64').replaceAll('=', ''),
        `${algorithm}-${digest(algorithm, 'base64')}`,
      ])
        expect([value, findPersonalData(value)]).toEqual([value, 'hash'])
    },
  )

  it('refuses the hash of anything, in hexadecimal and in padded base64', () => {
    assert(
      property(string(), constantFrom('md5', 'sha1', 'sha256', 'sha512'), (text, algorithm) => {
        expect(findPersonalData(digest(algorithm, 'hex', text))).toBe('hash')
        expect(findPersonalData(digest(algorithm, 'base64', text))).toBe('hash')
      }),
    )
  })

  it('refuses an MD5 that is dressed up as a name-based UUID', () => {
    expect(findPersonalData('5df41881-3aed-3515-88a7-2f4a814cf09e')).toBe('hash')
    expect(findPersonalData('2ed6657d-e927-568b-95e1-2665a8aea6a2')).toBe('hash')
  })

  it.each(['192.168.1.17', 'seen from 8.8.8.8', '2001:0db8:0000:0000:0000:ff00:0042:8329'])(
    'refuses the address %j',
    (value) => {
      expect(findPersonalData(value)).toBe('ip_address')
    },
  )

  it.each([
    'crm-1234567',
    'c1234567890123',
    '1234567',
    'f47ac10b-58cc-4372-a567-0e02b2c3d479',
    '018f3c5e-7b1a-7c3d-9e4f-1a2b3c4d5e6f',
    '1326744211.1700000000',
    'GA1.2.1326744211.1700000000',
    'gold',
    'premium-customers-2026',
    'Big spenders France Q4',
    '2026-11-22',
    '2026-11-22T12:00:00Z',
    '1234567.89',
    '-12.5',
    'true',
    '',
    'été à Paris',
    'Newsletter: weekly, at noon',
    'V1StGXR8_Z5jdHi6B-myT',
  ])('lets %j pass', (value) => {
    expect(findPersonalData(value)).toBeUndefined()
  })

  it('finds an address wherever it stands in a text', () => {
    assert(
      property(string({ maxLength: 20 }), string({ maxLength: 20 }), (before, after) => {
        expect(findPersonalData(`${before} ada@example.com ${after}`)).toBe('email')
      }),
    )
  })

  it('answers hostile text quickly and without a fault', () => {
    for (const value of [
      '@'.repeat(50_000),
      '1 '.repeat(50_000),
      'a'.repeat(100_000),
      '%40'.repeat(30_000),
      '(at)'.repeat(20_000),
      '\uD800',
    ])
      expect(() => findPersonalData(value)).not.toThrow()
  })
})

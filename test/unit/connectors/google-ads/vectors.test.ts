import { describe, expect, it } from 'vitest'
import { readHash, sha256 } from '../../../../connectors/google-ads/hashing.ts'
import { normaliseEmail } from '../../../../connectors/google-ads/normalise/email.ts'
import { normaliseFamilyName, normaliseGivenName } from '../../../../connectors/google-ads/normalise/names.ts'
import { normalisePhone } from '../../../../connectors/google-ads/normalise/phone.ts'
import {
  normalisePostalCode,
  normaliseRegionCode,
} from '../../../../connectors/google-ads/normalise/places.ts'

// Values published by Google: section 8.2 of the platform notes, and the tests they come from (googleads/data-manager-node
// util/test/formatter.test.ts and data-manager-python, Apache-2.0).

const email = (text: string) => normaliseEmail(text, 'dots_and_tags')

describe('published vectors: raw → normalised → SHA-256 in hex and Base64', () => {
  it.each([
    {
      field: 'e-mail',
      normalise: email,
      written: [
        'alexz@example.com',
        '  alexz@example.com',
        '  ALEXZ@example.com   ',
        '  alexz@EXAMPLE.com   ',
      ],
      normalised: 'alexz@example.com',
      hex: '509e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744d47b4fd8a',
      base64: 'UJ6TMBm7KFoTSpM0uLtnnf950M4CPVKa9L10TUe0/Yo=',
    },
    {
      field: 'phone',
      normalise: (text: string) => normalisePhone(text),
      written: ['+18005550100', '   +1-800-555-0100', '+1-800-555-0100', '1-800-555-0100   '],
      normalised: '+18005550100',
      hex: 'fb4f73a6ec5fdb7077d564cdd22c3554b43ce49168550c3b12c547b78c517b30',
      base64: '+09zpuxf23B31WTN0iw1VLQ85JFoVQw7EsVHt4xRezA=',
    },
    {
      field: 'given name',
      normalise: normaliseGivenName,
      written: ['  GivenName  '],
      normalised: 'givenname',
      hex: '128a07bfe2df877c52076e60d7774cf5baaa046c5a6c48daf30ff43ecca2f814',
      base64: 'EooHv+Lfh3xSB25g13dM9bqqBGxabEja8w/0Psyi+BQ=',
    },
    {
      field: 'family name',
      normalise: normaliseFamilyName,
      written: ['  FamilyName  '],
      normalised: 'familyname',
      hex: '77762c287e61ce065bee5c15464012c6fbe088398b8057627d5577249430d574',
      base64: 'd3YsKH5hzgZb7lwVRkASxvvgiDmLgFdifVV3JJQw1XQ=',
    },
  ])('$field', ({ normalise, written, normalised, hex, base64 }) => {
    for (const text of written) expect(normalise(text)).toBe(normalised)
    expect(sha256(normalised, 'hex')).toBe(hex)
    expect(sha256(normalised, 'base64')).toBe(base64)
  })

  it.each([
    [
      'QuinnY@EXAMPLE.com',
      'quinny@example.com',
      'd00d0a7c6d491b3782fd78b410748048859e16467faa0651f060978d4bb343cc',
    ],
    [
      'user.name+NYC@Example.com',
      'user.name+nyc@example.com',
      'f109a2a632fbcea5fc82049f50beed3d8621bf9034399f437fb622222acccdac',
    ],
    [
      'jefferson.Loves.hiking@gmail.com',
      'jeffersonloveshiking@gmail.com',
      '515d2f967f73864e76937ab2b897210a86fd286016903b1b08c3da07c75f513e',
    ],
    [
      'Cloudy.SanFrancisco+shopping@gmail.com',
      'cloudysanfrancisco@gmail.com',
      '223ebda6f6889b1494551ba902d9d381daf2f642bae055888e96343d53e9f9c4',
    ],
    ['+44-113-496-0987', '+441134960987', '0fac52d27ec377f8ad2f9de75d1f9bace693237e31868ae6f4616b8bbd0e94fb'],
  ])('of the second table of 8.2: %s becomes %s and %s', (written, normalised, hash) => {
    expect(written.startsWith('+') ? normalisePhone(written) : email(written)).toBe(normalised)
    expect(sha256(normalised, 'hex')).toBe(hash)
  })

  it.each([
    ['QuinnY@example.com', 'quinny@example.com'],
    ['j.e.f..ferson.Loves.hiking@gmail.com', 'jeffersonloveshiking@gmail.com'],
    ['jefferson.Loves.hiking@googlemail.com', 'jeffersonloveshiking@googlemail.com'],
    ['Cloudy.SanFrancisco+shopping@googlemail.com', 'cloudysanfrancisco@googlemail.com'],
  ])('e-mail %s becomes %s', (written, normalised) => expect(email(written)).toBe(normalised))

  it.each([
    '',
    '  ',
    'quinn',
    '@example.com',
    'quinn@',
    'qu inn@example.com',
    'a@b@example.com',
    '+x@gmail.com',
    '...@gmail.com',
  ])('e-mail "%s" is refused', (written) => expect(email(written)).toBeUndefined())

  it.each([
    ['1 800 555 0100', '+18005550100'],
    ['18005550100', '+18005550100'],
    ['+1 800-555-0100', '+18005550100'],
    ['441134960987', '+441134960987'],
    ['+441134960987', '+441134960987'],
  ])('phone %s becomes %s', (written, normalised) => expect(normalisePhone(written)).toBe(normalised))

  it.each(['', ' ', '++++', '+abc-DEF'])('phone "%s" is refused', (written) =>
    expect(normalisePhone(written)).toBeUndefined(),
  )

  it.each([
    [' Alex   ', 'alex'],
    [' Mr. Alex   ', 'alex'],
    [' Mrs. Alex   ', 'alex'],
    [' Dr. Alex   ', 'alex'],
    [' Alex Dr.', 'alex dr.'],
    [' Mralex   ', 'mralex'],
  ])('given name "%s" becomes "%s"', (written, normalised) =>
    expect(normaliseGivenName(written)).toBe(normalised),
  )

  it.each(['', ' ', ' Mr. '])('given name "%s" is refused', (written) =>
    expect(normaliseGivenName(written)).toBeUndefined(),
  )

  it.each([
    [' Quinn   ', 'quinn'],
    ['Quinn-Alex', 'quinn-alex'],
    [' Quinn, Jr.   ', 'quinn'],
    [' Quinn,Jr.   ', 'quinn'],
    [' Quinn Sr.  ', 'quinn'],
    ['quinn, jr. dds', 'quinn'],
    ['quinn, jr., dds', 'quinn'],
    ['Boardds', 'boardds'],
    ['lacparm', 'lacparm'],
  ])('family name "%s" becomes "%s"', (written, normalised) =>
    expect(normaliseFamilyName(written)).toBe(normalised),
  )

  it.each(['', ' ', ', Jr. ', ',Jr.,DDS '])('family name "%s" is refused', (written) =>
    expect(normaliseFamilyName(written)).toBeUndefined(),
  )

  it.each(['us', 'us  ', '  us  ', ' uS '])('region "%s" becomes US', (written) =>
    expect(normaliseRegionCode(written)).toBe('US'),
  )

  it.each(['', '  ', 'u', ' usa ', ' u s ', ' u2 '])('region "%s" is refused', (written) =>
    expect(normaliseRegionCode(written)).toBeUndefined(),
  )

  it.each([
    ['94045', 'US', '94045'],
    [' 94045  ', 'US', '94045'],
    ['1229-076', 'PT', '1229-076'],
    ['  1229-076 ', 'PT', '1229-076'],
  ])('postal code "%s" of %s becomes %s', (written, region, code) =>
    expect(normalisePostalCode(written, region)).toBe(code),
  )

  it.each(['', '  '])('postal code "%s" is refused', (written) =>
    expect(normalisePostalCode(written, 'FR')).toBeUndefined(),
  )

  it.each([
    ['acK123', '61634b313233', 'YWNLMTIz'],
    ['999_XYZ', '3939395f58595a', 'OTk5X1hZWg=='],
  ])('bytes of %s in hex and Base64', (text, hex, base64) => {
    // The runtime's own encodings are the ones that hashes are written in.
    expect(Buffer.from(text).toString('hex')).toBe(hex)
    expect(Buffer.from(text).toString('base64')).toBe(base64)
  })
})

describe('beyond the vectors', () => {
  it('keeps the Gmail tag under the rule of the Python helper, and everything under as_written (trap 9)', () => {
    const written = 'Cloudy.SanFrancisco+shopping@gmail.com'
    expect(normaliseEmail(written, 'dots')).toBe('cloudysanfrancisco+shopping@gmail.com')
    expect(normaliseEmail(written, 'as_written')).toBe('cloudy.sanfrancisco+shopping@gmail.com')
  })

  it('refuses a national phone number without a country, and reads it with one', () => {
    expect(normalisePhone('06 12 34 56 78')).toBeUndefined()
    expect(normalisePhone('06 12 34 56 78', 'FR')).toBe('+33612345678')
  })

  it('refuses a phone number with an extension, which names a switchboard', () =>
    expect(normalisePhone('+33 1 42 68 53 00 ext. 12')).toBeUndefined())

  it('refuses a country that does not exist and mends the one people write for Great Britain', () => {
    expect(normaliseRegionCode('XX')).toBeUndefined()
    expect(normaliseRegionCode('UK')).toBe('GB')
  })

  it.each(['1234', '123456', 'ABCDE'])('refuses %s as a postal code of the United States', (code) =>
    expect(normalisePostalCode(code, 'US')).toBeUndefined(),
  )

  it('takes nine digits as a postal code of the United States', () =>
    expect(normalisePostalCode('94045-1234', 'US')).toBe('94045-1234'))

  it('hashes nothing twice, whatever the encoding of a ready hash (B39)', () => {
    const [hex, base64] = [sha256('a@b.com', 'hex'), sha256('a@b.com', 'base64')]
    expect([readHash(hex.toUpperCase(), 'hex'), readHash(base64, 'hex')]).toEqual([hex, hex])
    expect([readHash(hex, 'base64'), readHash(base64, 'base64')]).toEqual([base64, base64])
  })

  it('knows the hash of nothing and refuses it in both encodings (B39)', () => {
    expect(readHash(sha256('', 'hex'), 'hex')).toBeNull()
    expect(readHash(sha256('', 'base64'), 'hex')).toBeNull()
  })

  it('takes no address for a hash', () => expect(readHash('a@b.com', 'hex')).toBeUndefined())
})

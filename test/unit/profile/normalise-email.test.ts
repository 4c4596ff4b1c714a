import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normaliseEmail } from '../../../core/profile/normalise-email.ts'
import { Refusal } from '../../../core/profile/refusal.ts'

const codeOf = (text: string): string => {
  const result = normaliseEmail(text)
  return result instanceof Refusal ? result.code : result
}

describe('normaliseEmail', () => {
  it.each([
    [' Ada@Example.COM ', 'ada@example.com'],
    ['ada.lovelace+news@example.com', 'ada.lovelace+news@example.com'],
    ['ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ', 'ada@example.com'],
    ['ada@example。com', 'ada@example.com'],
    ['"ada.lovelace"@example.com', 'ada.lovelace@example.com'],
    ['"ada\\.l"@example.com', 'ada.l@example.com'],
    ['ada--l@example--mail.com', 'ada--l@example--mail.com'],
    ['ada@\u200bexample.com\ufeff', 'ada@example.com'],
    ['\u2068ada@example.com\u2069', 'ada@example.com'],
    ['jose\u0301@example.com', 'jos\u00e9@example.com'],
    ['info@müller.de', 'info@xn--mller-kva.de'],
    ['info@MÜLLER.de', 'info@xn--mller-kva.de'],
    ['info@xn--mller-kva.de', 'info@xn--mller-kva.de'],
    ['почта@пример.рф', 'почта@xn--e1afmkfd.xn--p1ai'],
    ["o'hara_1%x@sub.example.co.uk", "o'hara_1%x@sub.example.co.uk"],
  ])('brings %j to %s', (text, expected) => {
    expect(codeOf(text)).toBe(expected)
  })

  it.each([
    '',
    'ada',
    'ada@',
    '@example.com',
    'ada@localhost',
    'a b@example.com',
    '"a b"@example.com',
    'ada@[192.0.2.1]',
    'ada@192.0.2.1',
    'ada@example.com.',
    'ada.@example.com',
    '.ada@example.com',
    'a..b@example.com',
    'a@b@c.com',
    'ada@-example.com',
    'ada@exa_mple.com',
    'ada@example',
    'ada@yy--0.example.com',
    'ada@xn--0.com',
    '"a@b"@example.com',
    '"ada\\"@example.com',
    'Ada <ada@example.com>',
    'ada@example.com/path',
    'ada@user:pw.com',
    'ada@example.com?x',
    'ada\u0000@example.com',
    'a\ud800@example.com',
    'a\u200d@example.com',
    `${'a'.repeat(65)}@example.com`,
    `a@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(63)}.${'e'.repeat(63)}.com`,
  ])('refuses %j', (text) => {
    expect(codeOf(text)).toBe('invalid_email')
  })

  it.each(['ada@host.invalid', 'ada@printer.local', 'ada@a.onion', 'ada@x.test', 'ada@2.0.192.in-addr.arpa'])(
    'refuses %j, whose domain is kept for other uses',
    (text) => {
      expect(codeOf(text)).toBe('reserved_domain')
    },
  )

  it.each([
    ['ada@example.com', 'аda@example.com', 'a Cyrillic а'],
    ['ada@example.com', 'ada@exаmple.com', 'a Cyrillic а in the domain'],
    ['info@example.com', 'ınfo@example.com', 'a dotless ı'],
    ['istanbul@example.com', 'İstanbul@example.com', 'a dotted İ'],
    ['strasse@example.com', 'straße@example.com', 'a sharp s'],
    ['a.b@gmail.com', 'ab@gmail.com', 'a dot'],
    ['ada@gmail.com', 'ada+x@gmail.com', 'a tag'],
    ['lo@example.com', 'ⅼo@example.com', 'a Roman numeral'],
  ])('does not merge %s with %s, which has %s', (one, other) => {
    expect(codeOf(other)).not.toBe(codeOf(one))
  })

  it('gives its own result back, whatever it is asked', () => {
    const nearAddress = fc
      .tuple(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('@', '＠', ''),
        fc.string({ unit: 'grapheme' }),
        fc.constantFrom('.com', '.рф', ''),
      )
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(fc.oneof(fc.emailAddress(), nearAddress), (text) => {
        const once = normaliseEmail(text)
        if (once instanceof Refusal) return
        expect(normaliseEmail(once)).toBe(once)
        expect(normaliseEmail(once.toUpperCase()) instanceof Refusal).toBe(false)
      }),
    )
  })

  it('answers on a text of a million characters at once', () => {
    expect(codeOf(`${'a.'.repeat(500_000)}@example.com`)).toBe('invalid_email')
  })
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { diagnoseEmail } from '../../../core/profile/diagnose-email.ts'
import { normaliseEmail } from '../../../core/profile/normalise-email.ts'

// Addresses of isEmail's own tests (Dominic Sayers, BSD licence).
describe('diagnoseEmail', () => {
  it.each([
    ['', 'err_nodomain'],
    ['@iana.org', 'err_nolocalpart'],
    ['test@iana.org', 'valid'],
    ['xn--test@iana.org', 'valid'],
    ['.test@iana.org', 'err_dot_start'],
    ['test.@iana.org', 'err_dot_end'],
    ['test..iana.org', 'err_consecutivedots'],
    ['test@iana.123', 'rfc5321_tldnumeric'],
    ['test@org', 'rfc5321_tld'],
    [`${'a'.repeat(65)}@iana.org`, 'rfc5322_local_toolong'],
    [`test@${'a'.repeat(64)}.com`, 'rfc5322_label_toolong'],
    [`a@${`${'b'.repeat(60)}.`.repeat(4)}bcdefghij`, 'rfc5322_toolong'],
    [`a@${`${'b'.repeat(60)}.`.repeat(4)}bcdefghijklm`, 'rfc5322_domain_toolong'],
    ['test@-iana.org', 'err_domainhyphenstart'],
    ['test@iana-.com', 'err_domainhyphenend'],
    ['test@iana.org-', 'err_domainhyphenend'],
    ['test@iana/icann.org', 'rfc5322_domain'],
    ['"test"@iana.org', 'rfc5321_quotedstring'],
    ['"\\""@iana.org', 'rfc5321_quotedstring'],
    ['"\\"@iana.org', 'err_unclosedquotedstr'],
    ['"test"test@iana.org', 'err_atext_after_qs'],
    ['"test".test@iana.org', 'deprec_localpart'],
    ['"test\u0000"@iana.org', 'err_expecting_qtext'],
    ['"test\\\u0000"@iana.org', 'deprec_qp'],
    ['"test\\\u00a9"@iana.org', 'err_expecting_qpair'],
    ['"\u007f"@iana.org', 'deprec_qtext'],
    ['test@[255.255.255.255]', 'rfc5321_addressliteral'],
    ['test@[255.255.255.256]', 'rfc5322_domainliteral'],
    ['test@[IPv6:1111:2222:3333:4444:5555:6666:7777]', 'rfc5322_ipv6_grpcount'],
    ['test@[IPv6:1111:2222:3333:4444:5555:6666:7777:888G]', 'rfc5322_ipv6_badchar'],
    ['test@[IPv6:1111:2222:3333:4444:5555:6666::8888]', 'rfc5321_ipv6deprecated'],
    ['test@[IPv6:1111:2222:3333:4444:5555:6666::7777:8888]', 'rfc5322_ipv6_maxgrps'],
    ['test@[IPv6::3333:4444:5555:6666:7777:8888]', 'rfc5322_ipv6_colonstrt'],
    ['test@[IPv6:1::2:]', 'rfc5322_ipv6_colonend'],
    ['test@[IPv6:1111::4444:5555::8888]', 'rfc5322_ipv6_2x2xcolon'],
    ['test@[IPv6:1111:2222:3333:4444:5555:6666:255.255.255.255]', 'rfc5321_addressliteral'],
    ['test@[1.2.3.4', 'err_uncloseddomlit'],
    ['test@[RFC-5322]-domain-literal]', 'err_atext_after_domlit'],
    ['test@[RFC-5322-[domain-literal]', 'err_expecting_dtext'],
    ['test@[RFC-5322-\\]-domain-literal]', 'rfc5322_domlit_obsdtext'],
    [' test @iana.org', 'deprec_cfws_near_at'],
    ['test . test@iana.org', 'deprec_fws'],
    ['\r\n test@iana.org', 'cfws_fws'],
    ['\r\n \r\n test@iana.org', 'deprec_fws'],
    [' \r\n\r\n test@iana.org', 'err_fws_crlf_x2'],
    ['test@iana.org\r\n', 'err_fws_crlf_end'],
    ['test@iana.org\r', 'err_cr_no_lf'],
    ['(comment(comment))test@iana.org', 'cfws_comment'],
    ['test.(comment)test@iana.org', 'deprec_comment'],
    ['test(comment)test@iana.org', 'err_atext_after_cfws'],
    ['(\u007f)test@iana.org', 'deprec_ctext'],
    ['(\n)test@iana.org', 'err_expecting_ctext'],
    ['(test@iana.org', 'err_unclosedcomment'],
    ['test@iana.org(comment\\', 'err_backslashend'],
    ['test\\@test@iana.org', 'err_expecting_atext'],
  ])('says of %j: %s', (text, diagnosis) => {
    expect(diagnoseEmail(text).diagnosis).toBe(diagnosis)
  })

  it.each([
    ['ada@example.com', 'mailable'],
    ['"ada lovelace"@example.com', 'exotic'],
    ['ada@[192.0.2.1]', 'exotic'],
    ['ada@[IPv6:1111:2222:3333:4444:5555:6666::8888]', 'junk'],
    ['ada (work) <ada@example.com>', 'junk'],
    ['ada', 'junk'],
  ])('calls %s %s', (text, verdict) => {
    expect(diagnoseEmail(text).verdict).toBe(verdict)
  })

  it('calls mailable whatever of ASCII the hub keeps as an address', () => {
    fc.assert(
      fc.property(
        fc
          .emailAddress()
          .map((text) => normaliseEmail(text))
          .filter((address) => typeof address === 'string'),
        (address) => {
          expect(diagnoseEmail(address).verdict).toBe('mailable')
        },
      ),
    )
    expect.hasAssertions()
  })

  it('answers on any text, and at once on a million characters', () => {
    const parts = fc.constantFrom(
      'a',
      '.',
      '@',
      '"',
      '\\',
      '(',
      ')',
      '[',
      ']',
      '\r\n',
      ' ',
      '-',
      ':',
      '\u0000',
    )
    fc.assert(
      fc.property(fc.array(parts), (texts) => {
        expect(diagnoseEmail(texts.join('')).category).toMatch(/^(valid|rfc5321|cfws|deprec|rfc5322|err)$/)
      }),
    )
    expect(diagnoseEmail('('.repeat(1_000_000)).verdict).toBe('junk')
  })
})

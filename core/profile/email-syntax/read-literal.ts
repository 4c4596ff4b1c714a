import {
  enter,
  enterFold,
  isBroadest,
  isWhiteSpace,
  leave,
  note,
  take,
  type EmailReading,
} from './reading.ts'

/** domain-literal (RFC 5322 §3.4.1), and whether it is one of the address literals of RFC 5321 §4.1.3. */
export function readLiteral(reading: EmailReading): void {
  const { token } = reading
  if (token === ']') endLiteral(reading)
  else if (token === '\\') {
    note(reading, 'rfc5322_domlit_obsdtext')
    enter(reading, 'pair')
  } else if (isWhiteSpace(token)) enterFold(reading, 'cfws_fws')
  else readText(reading)
}

function readText(reading: EmailReading): void {
  const { token } = reading
  const code = token.charCodeAt(0)
  if (code > 127 || code === 0 || token === '[') {
    note(reading, 'err_expecting_dtext')
    return
  }
  if (code < 33 || code === 127) note(reading, 'rfc5322_domlit_obsdtext')
  reading.parsed.literal += token
  take(reading, 'domain', token)
}

function endLiteral(reading: EmailReading): void {
  if (isBroadest(reading)) note(reading, 'rfc5322_domainliteral')
  else noteAddress(reading)
  take(reading, 'domain', ']')
  leave(reading)
}

const ipv4AtEnd = /\b(?:(?:25[0-5]|2[0-4]\d|[01]?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|[01]?\d?\d)$/

function noteAddress(reading: EmailReading): void {
  const { literal } = reading.parsed
  const ipv4 = ipv4AtEnd.exec(literal)
  if (ipv4?.index === 0) {
    note(reading, 'rfc5321_addressliteral')
    return
  }
  // The four numbers stand for the last two groups of an IPv6 address.
  const written = ipv4 ? `${literal.slice(0, ipv4.index)}0:0` : literal
  if (/^ipv6:/i.test(written)) noteIpv6(reading, written.slice('ipv6:'.length))
  else note(reading, 'rfc5322_domainliteral')
}

function noteIpv6(reading: EmailReading, address: string): void {
  const groups = address.split(':')
  noteGroupCount(reading, address, groups.length)
  if (/^:(?!:)/.test(address)) note(reading, 'rfc5322_ipv6_colonstrt')
  else if (/(?<!:):$/.test(address)) note(reading, 'rfc5322_ipv6_colonend')
  else if (groups.some((group) => !/^[0-9a-f]{0,4}$/i.test(group))) note(reading, 'rfc5322_ipv6_badchar')
  else note(reading, 'rfc5321_addressliteral')
}

const ipv6Groups = 8

function noteGroupCount(reading: EmailReading, address: string, groups: number): void {
  const gap = address.indexOf('::')
  if (gap < 0) {
    if (groups !== ipv6Groups) note(reading, 'rfc5322_ipv6_grpcount')
    return
  }
  if (gap !== address.lastIndexOf('::')) {
    note(reading, 'rfc5322_ipv6_2x2xcolon')
    return
  }
  // RFC 4291: at either end the gap may stand for a single group, and splits into one more.
  const most = gap === 0 || gap === address.length - 2 ? ipv6Groups + 1 : ipv6Groups
  if (groups > most) note(reading, 'rfc5322_ipv6_maxgrps')
  else if (groups === most) note(reading, 'rfc5321_ipv6deprecated')
}

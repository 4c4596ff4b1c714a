import {
  endElement,
  enter,
  enterFold,
  isAtomText,
  isWhiteSpace,
  note,
  take,
  type EmailReading,
} from './reading.ts'

/** RFC 1035 §2.3.4. */
export const longestLabel = 63

/** domain = dot-atom / domain-literal / obs-domain (RFC 5322 §3.4.1), held to the host names of RFC 1123 §2.1. */
export function readDomain(reading: EmailReading): void {
  const { token } = reading
  if (token === '(') beginComment(reading)
  else if (token === '.') readDot(reading)
  else if (token === '[') beginLiteral(reading)
  else if (isWhiteSpace(token)) beginFold(reading)
  else readLabel(reading)
}

function beginComment(reading: EmailReading): void {
  const isFirst = reading.length === 0
  if (isFirst) note(reading, reading.elements === 0 ? 'deprec_cfws_near_at' : 'deprec_comment')
  else {
    note(reading, 'cfws_comment')
    reading.ended = true
  }
  enter(reading, 'comment')
}

function beginFold(reading: EmailReading): void {
  const isFirst = reading.length === 0
  if (!isFirst) reading.ended = true
  const atStart = reading.elements === 0 ? 'deprec_cfws_near_at' : 'deprec_fws'
  enterFold(reading, isFirst ? atStart : 'cfws_fws')
}

function readDot(reading: EmailReading): void {
  if (reading.length === 0) note(reading, reading.elements === 0 ? 'err_dot_start' : 'err_consecutivedots')
  else if (reading.afterHyphen) note(reading, 'err_domainhyphenend')
  else if (reading.length > longestLabel) note(reading, 'rfc5322_label_toolong')
  endElement(reading, 'domain')
}

function beginLiteral(reading: EmailReading): void {
  if (reading.parsed.domain !== '') {
    note(reading, 'err_expecting_atext')
    return
  }
  reading.ended = true
  take(reading, 'domain', '[')
  enter(reading, 'literal')
}

function readLabel(reading: EmailReading): void {
  const { token } = reading
  if (reading.ended)
    note(reading, reading.before === 'literal' ? 'err_atext_after_domlit' : 'err_atext_after_cfws')
  reading.afterHyphen = token === '-'
  if (!isAtomText(token)) note(reading, 'err_expecting_atext')
  else if (token === '-') {
    if (reading.length === 0) note(reading, 'err_domainhyphenstart')
  } else if (!/[a-z0-9]/i.test(token)) note(reading, 'rfc5322_domain')
  take(reading, 'domain', token)
}

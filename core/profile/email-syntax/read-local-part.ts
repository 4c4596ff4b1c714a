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

/** local-part = dot-atom / quoted-string / obs-local-part (RFC 5322 §3.4.1). */
export function readLocalPart(reading: EmailReading): void {
  const { token } = reading
  if (token === '(') beginComment(reading)
  else if (token === '.') readDot(reading)
  else if (token === '"') beginQuoted(reading)
  else if (token === '@') readAt(reading)
  else if (isWhiteSpace(token)) beginFold(reading)
  else readAtom(reading)
}

function beginComment(reading: EmailReading): void {
  const isFirst = reading.length === 0
  note(reading, isFirst && reading.elements > 0 ? 'deprec_comment' : 'cfws_comment')
  if (!isFirst) reading.ended = true
  enter(reading, 'comment')
}

function beginFold(reading: EmailReading): void {
  if (reading.length > 0) reading.ended = true
  const between = reading.length === 0 && reading.elements > 0
  enterFold(reading, between ? 'deprec_fws' : reading.length === 0 ? 'cfws_fws' : 'valid')
}

function readDot(reading: EmailReading): void {
  if (reading.length === 0) {
    note(reading, reading.elements === 0 ? 'err_dot_start' : 'err_consecutivedots')
    return
  }
  if (reading.ended) note(reading, 'deprec_localpart')
  endElement(reading, 'local')
}

function beginQuoted(reading: EmailReading): void {
  if (reading.length > 0) {
    note(reading, 'err_expecting_atext')
    return
  }
  note(reading, reading.elements === 0 ? 'rfc5321_quotedstring' : 'deprec_localpart')
  take(reading, 'local', '"')
  reading.ended = true
  enter(reading, 'quoted')
}

/** RFC 5321 §4.5.3.1.1. */
const longestLocalPart = 64

function readAt(reading: EmailReading): void {
  const { parsed, length, before } = reading
  if (parsed.local === '') note(reading, 'err_nolocalpart')
  else if (length === 0) note(reading, 'err_dot_end')
  else if (parsed.local.length > longestLocalPart) note(reading, 'rfc5322_local_toolong')
  else if (before === 'comment' || before === 'fold') note(reading, 'deprec_cfws_near_at')
  reading.context = 'domain'
  reading.outer.length = 0
  reading.elements = 0
  reading.length = 0
  reading.ended = false
}

function readAtom(reading: EmailReading): void {
  if (reading.ended) {
    note(reading, reading.before === 'quoted' ? 'err_atext_after_qs' : 'err_atext_after_cfws')
    return
  }
  reading.before = reading.context
  if (!isAtomText(reading.token)) note(reading, 'err_expecting_atext')
  take(reading, 'local', reading.token)
}

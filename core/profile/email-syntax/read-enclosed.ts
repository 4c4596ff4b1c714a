import {
  enter,
  enterFold,
  isWhiteSpace,
  leave,
  note,
  passLineFeed,
  take,
  type EmailReading,
} from './reading.ts'

/** quoted-string (RFC 5322 §3.2.4). */
export function readQuoted(reading: EmailReading): void {
  const { token } = reading
  if (token === '\\') enter(reading, 'pair')
  else if (token === '"') {
    take(reading, 'local', token)
    leave(reading)
  } else if (token === '\r' || token === '\t') {
    // A fold counts as the one space that is left of it.
    take(reading, 'local', ' ')
    enterFold(reading, 'cfws_fws')
  } else readQuotedText(reading)
}

function readQuotedText(reading: EmailReading): void {
  const code = reading.token.charCodeAt(0)
  if (code > 127 || code === 0 || code === 10) note(reading, 'err_expecting_qtext')
  else if (code < 32 || code === 127) note(reading, 'deprec_qtext')
  take(reading, 'local', reading.token)
}

/** What follows a backslash (RFC 5322 §3.2.1). */
export function readPair(reading: EmailReading): void {
  const code = reading.token.charCodeAt(0)
  if (code > 127) note(reading, 'err_expecting_qpair')
  else if ((code < 31 && code !== 9) || code === 127) note(reading, 'deprec_qp')
  leave(reading)
  if (reading.context === 'quoted') take(reading, 'local', `\\${reading.token}`)
  else if (reading.context === 'literal') take(reading, 'domain', `\\${reading.token}`)
}

/** comment (RFC 5322 §3.2.2); comments nest. */
export function readComment(reading: EmailReading): void {
  const { token } = reading
  if (token === '(') enter(reading, 'comment')
  else if (token === ')') leave(reading)
  else if (token === '\\') enter(reading, 'pair')
  else if (isWhiteSpace(token)) enterFold(reading, 'cfws_fws')
  else readCommentText(reading)
}

function readCommentText(reading: EmailReading): void {
  const code = reading.token.charCodeAt(0)
  if (code > 127 || code === 0 || code === 10) note(reading, 'err_expecting_ctext')
  else if (code < 32 || code === 127) note(reading, 'deprec_ctext')
}

/** White space with line ends in it (RFC 5322 §3.2.2); more than one line end is obsolete. */
export function readFold(reading: EmailReading): void {
  if (reading.priorInFold === '\r') {
    if (reading.token === '\r') {
      note(reading, 'err_fws_crlf_x2')
      return
    }
    reading.folds += 1
    if (reading.folds > 1) note(reading, 'deprec_fws')
  }
  if (isWhiteSpace(reading.token)) {
    if (!passLineFeed(reading)) return
  } else if (reading.priorInFold === '\r') {
    note(reading, 'err_fws_crlf_end')
    return
  } else {
    leave(reading)
    // The context around it looks at this character again.
    reading.at -= 1
  }
  reading.priorInFold = reading.token
}

import { categoryOf, type EmailCategory, type EmailDiagnosis } from './email-syntax/diagnoses.ts'
import { longestLabel, readDomain } from './email-syntax/read-domain.ts'
import { readComment, readFold, readPair, readQuoted } from './email-syntax/read-enclosed.ts'
import { readLiteral } from './email-syntax/read-literal.ts'
import { readLocalPart } from './email-syntax/read-local-part.ts'
import {
  isHopeless,
  note,
  startReading,
  type EmailContext,
  type EmailReading,
} from './email-syntax/reading.ts'

/**
 * `verdict`: what it means for mailing. "mailable"; "exotic": a mail server may take it, but nearly nobody has such an address; "junk":
 * no address to send to as it stands.
 */
export interface DiagnosedEmail {
  readonly verdict: 'mailable' | 'exotic' | 'junk'
  readonly category: EmailCategory
  readonly diagnosis: EmailDiagnosis
}

/** RFC 5321 §4.5.3.1.2, and §4.5.3.1.3 less the angle brackets. */
const longestDomain = 255
const longestAddress = 254
/** Longer texts are told by their start, so that no text costs more than its first part. */
const longestRead = 2048

/**
 * Says what is unusual or wrong about the syntax of an address, by RFC 5322 and RFC 5321, as isEmail does (Dominic Sayers, BSD licence in
 * email-syntax/isemail.LICENSE; the same tests, the same answers) without asking a name server. It judges the text as it stands:
 * `normaliseEmail` first takes away what comes along when an address is copied.
 */
export function diagnoseEmail(text: string): DiagnosedEmail {
  const reading = startReading(text.slice(0, longestRead))
  while (reading.at < reading.text.length && !isHopeless(reading)) {
    reading.token = reading.text.charAt(reading.at)
    readers[reading.context](reading)
    reading.at += 1
  }
  if (!isHopeless(reading)) noteEnd(reading)
  if (reading.worst === 'valid') noteTopLevel(reading)
  const category = categoryOf(reading.worst)
  return { verdict: verdictOf(category), category, diagnosis: reading.worst }
}

const readers: Readonly<Record<EmailContext, (reading: EmailReading) => void>> = {
  local: readLocalPart,
  domain: readDomain,
  literal: readLiteral,
  comment: readComment,
  fold: readFold,
  quoted: readQuoted,
  pair: readPair,
}

const unclosed: Partial<Record<EmailContext, EmailDiagnosis>> = {
  quoted: 'err_unclosedquotedstr',
  pair: 'err_backslashend',
  comment: 'err_unclosedcomment',
  literal: 'err_uncloseddomlit',
}

function noteEnd(reading: EmailReading): void {
  const { parsed, context, token } = reading
  const open = unclosed[context]
  if (open) note(reading, open)
  else if (token === '\r') note(reading, 'err_fws_crlf_end')
  else if (parsed.domain === '') note(reading, 'err_nodomain')
  else if (reading.length === 0) note(reading, 'err_dot_end')
  else if (reading.afterHyphen) note(reading, 'err_domainhyphenend')
  else if (parsed.domain.length > longestDomain) note(reading, 'rfc5322_domain_toolong')
  else if (parsed.local.length + 1 + parsed.domain.length > longestAddress) note(reading, 'rfc5322_toolong')
  else if (reading.length > longestLabel) note(reading, 'rfc5322_label_toolong')
}

function noteTopLevel(reading: EmailReading): void {
  if (reading.elements === 0) note(reading, 'rfc5321_tld')
  if (/\d/.test(reading.labelStart)) note(reading, 'rfc5321_tldnumeric')
}

function verdictOf(category: EmailCategory): DiagnosedEmail['verdict'] {
  if (category === 'valid') return 'mailable'
  return category === 'rfc5321' ? 'exotic' : 'junk'
}

import { broadestFrom, emailDiagnoses, errorsFrom, type EmailDiagnosis } from './diagnoses.ts'

export type EmailContext = 'local' | 'domain' | 'literal' | 'comment' | 'fold' | 'quoted' | 'pair'

/** How far an address has been read, character by character, and what is to be said about it. */
export interface EmailReading {
  readonly text: string
  at: number
  context: EmailContext
  /** What was read last; of a CR and the LF after it the CR. */
  token: string
  /** The context that was left last. */
  before: EmailContext
  /** Contexts around the present one, the nearest last. */
  readonly outer: EmailContext[]
  /** Local part and domain without comments and folds; the address literal alone. */
  readonly parsed: { local: string; domain: string; literal: string }
  /** First character of the domain's last label. */
  labelStart: string
  /** Words or labels before the present one, and the length of this one. */
  elements: number
  length: number
  afterHyphen: boolean
  /** True after what ends an element: only a dot, the at sign or white space may follow. */
  ended: boolean
  /** The token before, in a fold, and its line ends so far. */
  priorInFold: string
  folds: number
  worst: EmailDiagnosis
}

export const startReading = (text: string): EmailReading => ({
  text,
  at: 0,
  context: 'local',
  token: '',
  before: 'local',
  outer: [],
  parsed: { local: '', domain: '', literal: '' },
  labelStart: '',
  elements: 0,
  length: 0,
  afterHyphen: false,
  ended: false,
  priorInFold: '',
  folds: 0,
  worst: 'valid',
})

export function note(reading: EmailReading, diagnosis: EmailDiagnosis): void {
  if (emailDiagnoses[diagnosis] > emailDiagnoses[reading.worst]) reading.worst = diagnosis
}

export const isHopeless = ({ worst }: EmailReading): boolean => emailDiagnoses[worst] >= errorsFrom
export const isBroadest = ({ worst }: EmailReading): boolean => emailDiagnoses[worst] >= broadestFrom

export function enter(reading: EmailReading, context: EmailContext): void {
  reading.outer.push(reading.context)
  reading.context = context
}

export function leave(reading: EmailReading): void {
  reading.before = reading.context
  reading.context = reading.outer.pop() ?? 'local'
}

/** A character that belongs to the word or label that is read. */
export function take(reading: EmailReading, part: 'local' | 'domain', text: string): void {
  reading.parsed[part] += text
  if (part === 'domain' && reading.length === 0) reading.labelStart = text
  reading.length += text.length
}

/** A dot after a word or label. */
export function endElement(reading: EmailReading, part: 'local' | 'domain'): void {
  reading.ended = false
  reading.length = 0
  reading.elements += 1
  reading.parsed[part] += '.'
  reading.labelStart = ''
}

const whiteSpace = new Set(['\r', ' ', '\t'])
export const isWhiteSpace = (token: string): boolean => whiteSpace.has(token)

/** Steps over the LF that must follow a CR; false, with its diagnosis, when it is not there. */
export function passLineFeed(reading: EmailReading): boolean {
  if (reading.token !== '\r') return true
  reading.at += 1
  if (reading.text[reading.at] === '\n') return true
  note(reading, 'err_cr_no_lf')
  return false
}

/** White space begins. `diagnosis`: what its place means. */
export function enterFold(reading: EmailReading, diagnosis: EmailDiagnosis): void {
  if (!passLineFeed(reading)) return
  note(reading, diagnosis)
  enter(reading, 'fold')
  reading.priorInFold = reading.token
  reading.folds = 0
}

const specials = new Set('()<>[]:;@\\,."')
/** Printable ASCII without the characters that RFC 5322 §3.2.3 calls specials. */
export const isAtomText = (token: string): boolean => {
  const code = token.charCodeAt(0)
  return code >= 33 && code <= 126 && !specials.has(token)
}

/**
 * Google forbids anything that names a person in events and user properties, hashed or not, and deletes properties that break it
 * (https://support.google.com/analytics/answer/6366371). Rather one harmless id refused than one person sent: what could be a phone
 * number or a hash counts as one.
 */
import { Buffer } from 'node:buffer'

export type PersonalDataKind = 'email' | 'phone' | 'hash' | 'ip_address'

/** What kind of personal data a value holds or could hold; undefined when none. Looks through URL and base64 encoding. */
export function findPersonalData(value: string): PersonalDataKind | undefined {
  for (const text of readings(value)) {
    const found = findIn(text)
    if (found) return found
  }
  return undefined
}

/** The value as it stands, without URL encoding (also a double one), and what its base64 holds. */
function readings(value: string): string[] {
  const plain = toPlain(value)
  const decoded = toPlain(decodeUrl(decodeUrl(plain)))
  const inside = [...decoded.matchAll(/[a-z0-9+/_-]{8,}={0,2}/gi)].flatMap(
    ([text]) => decodeBase64(text) ?? [],
  )
  return [...new Set([plain, decoded, ...inside.map(toPlain)])]
}

/** Full-width and other compatible forms become plain ones; characters without a shape are dropped. */
function toPlain(text: string): string {
  return text
    .normalize('NFKC')
    .replaceAll(/\p{Cf}|\p{Cc}/gu, '')
    .replaceAll(/\p{Nd}/gu, toAsciiDigit)
    .replaceAll(/\p{Pd}/gu, '-')
    .trim()
}

/** Digits of all scripts stand in blocks of ten that begin at a multiple of ten's block start. */
function toAsciiDigit(digit: string): string {
  if (/[0-9]/.test(digit)) return digit
  const code = digit.codePointAt(0) ?? 0
  let zero = code
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1)) && code - zero < 9) zero -= 1
  return String(code - zero)
}

function decodeUrl(text: string): string {
  return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (part) =>
    Buffer.from(part.replaceAll('%', ''), 'hex').toString('utf8'),
  )
}

/** Text out of base64, where it is text at all. */
function decodeBase64(text: string): string | undefined {
  const decoded = Buffer.from(text, 'base64').toString('utf8')
  return /^[\x20-\x7e\u00a0-\u024f]{5,}$/.test(decoded) ? decoded : undefined
}

function findIn(text: string): PersonalDataKind | undefined {
  if (isEmail(text)) return 'email'
  if (isUuid(text)) return undefined
  if (isIpAddress(text)) return 'ip_address'
  if (isHash(text)) return 'hash'
  return isPhone(text) ? 'phone' : undefined
}

/** An address anywhere in the text, also written with "[at]" and "(dot)". */
function isEmail(text: string): boolean {
  const usual = text
    .replaceAll(/\s*[[({<]\s*(?:at|arobase)\s*[\])}>]\s*/gi, '@')
    .replaceAll(/\s*[[({<]\s*(?:dot|point)\s*[\])}>]\s*/gi, '.')
    .replaceAll(/\s+at\s+(\S+)\s+dot\s+/gi, '@$1.')
    .replaceAll(/\s*@\s*/g, '@')
  return /[^\s@]@[^\s@]+\.[\p{L}\p{N}-]{2,}/u.test(usual)
}

/** Random and time-based ids; versions 3, 5 and 8 are or may be hashes of names. */
function isUuid(text: string): boolean {
  return /^\{?[0-9a-f]{8}-[0-9a-f]{4}-[12467][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\}?$/i.test(text)
}

function isIpAddress(text: string): boolean {
  const isV4 = /(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.])/.test(
    text,
  )
  return isV4 || /^(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}$/i.test(text)
}

/** Digits in hexadecimal of MD5, SHA-1, SHA-224, -256, -384 and -512. */
const hexLengths = [32, 40, 56, 64, 96, 128]
/** The same in base64: without padding, with padding. */
const base64Lengths = [22, 24, 27, 28, 38, 40, 43, 44, 64, 86, 88]

function isHash(text: string): boolean {
  const words = text.match(/[a-z0-9+/_=-]{22,}/gi) ?? []
  const bare = text.replaceAll(/[\s:._-]/g, '')
  return words.some(isHashWord) || isHex(bare.replace(/^(?:0x|\\x|md5|sha1|sha256|sha512)/i, ''))
}

function isHashWord(marked: string): boolean {
  const word = marked.replace(/^(?:md5|sha-?(?:1|224|256|384|512))[_=-]/i, '')
  const parts = word.split(/[_=-]+/)
  return parts.some(isHex) || isHex(word) || isBase64Hash(word)
}

const isHex = (word: string): boolean => hexLengths.includes(word.length) && /^[0-9a-f]+$/i.test(word)

function isBase64Hash(word: string): boolean {
  if (!base64Lengths.includes(word.length)) return false
  if (/^[a-z0-9+/_-]+={1,2}$/i.test(word)) return true
  return /^[a-z0-9+/_-]+$/i.test(word) && looksRandom(word)
}

/**
 * Tells digests from words: their characters change between small, capital, digit and sign at nearly two of three places. Half of
 * that is asked, which fewer than one digest in 200 misses.
 */
function looksRandom(word: string): boolean {
  const classes = word
    .replaceAll(/[a-z]/g, 'a')
    .replaceAll(/[A-Z]/g, 'A')
    .replaceAll(/\d/g, '0')
    .replaceAll(/[^aA0]/g, '-')
  const changes = classes.match(/(.)\1*/g)?.length ?? 0
  return changes >= Math.ceil(word.length * 0.34)
}

const isoInstant =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:[T ][0-2]\d:[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-][0-2]\d:?[0-5]\d)?)?$/i
const decimal = /^-?\d{1,9}\.\d{1,6}$/
/** Id of a Google tag's cookie: a random number below 2^31, and the Unix second of the first visit. */
const cookieId = /^(?:GA\d\.\d\.)?[1-9]\d{0,9}\.1\d{9}$/

/** Seven digits or more, written as numbers are; ten or more even without any sign, because hashing wants them that way. */
function isPhone(text: string): boolean {
  if (isoInstant.test(text) || decimal.test(text) || cookieId.test(text)) return false
  const candidates = text.matchAll(
    /(?<![\p{L}\p{N}_])(\+|00)?\s*\(?\d[\d\s().\-/·•]{5,}\d(?![\p{L}\p{N}_])/gu,
  )
  for (const [candidate] of candidates) {
    const digits = candidate.replaceAll(/\D/g, '')
    if (digits.length < 7 || digits.length > 17) continue
    const isWritten = candidate.trim() !== digits
    if (isWritten || digits.startsWith('0') || digits.length >= 10) return true
  }
  return /(?:\+|tel:)\s*\d[\d\s().-]{5,}/i.test(text)
}

import { decodePunycode } from '../identity/punycode.ts'
import { toHalfWidth } from './half-width.ts'
import { Refusal, type Checked } from './refusal.ts'

/** Lengths in octets: RFC 5321 §4.5.3.1.1 for the local part, RFC 3696 erratum 1690 for the whole address. */
const maxLocalOctets = 64
const maxOctets = 254

const plainAddress =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})$/
const asciiDomain = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})$/
const localPart = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u
const domainText = /^[\p{L}\p{M}\p{N}.-]+$/u

/** Names that no mail server can have: RFC 6761 §6.1 to §6.4, RFC 6762 §3, RFC 7686. */
const reservedTld = /\.(?:arpa|invalid|localhost|local|onion|test)$/
/** Hyphens in the third and fourth place belong to encodings, of which there is one, "xn--" (RFC 5891 §4.2.3.1). */
const reservedLabel = /(?:^|\.)(?!xn)[a-z0-9]{2}--/
const encodedPrefix = 'xn--'

/** A local part in quotes. Those that need none are another spelling of the same mailbox (RFC 5321 §4.1.2). */
const quotedLocalPart = /^"((?:[^"\\]|\\.)*)"$/s

/** Characters that are never part of an address and come along when one is copied: soft hyphen, zero-width space, joiner, marks. */
const invisible = /[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g

/**
 * Brings an e-mail address to the one form in which two spellings of the same mailbox are equal: trimmed, NFC, lower case, the
 * domain in its ASCII form. Dots and "+tags" stay: only the provider knows what they mean. Characters that merely look alike stay
 * different. Refuses what cannot be mailed (`invalid_email`): local parts that need quotes, address literals, comments, names without a dot;
 * and domains that are reserved for other uses (`reserved_domain`).
 */
export function normaliseEmail(text: string): Checked<string> {
  if (text === last.text) return last.address
  const simple = text.trim().toLowerCase()
  const address =
    plainAddress.test(simple) && !simple.includes('--')
      ? withinLimits(simple, simple.length, simple.lastIndexOf('@'))
      : normaliseUnusual(simple)
  last = { text, address }
  return address
}

/** A record and each of its events are about one address, so it is asked for again at once. */
let last: { readonly text: string; readonly address: Checked<string> } = {
  text: '',
  address: new Refusal('invalid_email'),
}

function normaliseUnusual(text: string): Checked<string> {
  // After the longest mailable address comes at most decoration; a longer text is not worth a scan.
  if (text.length > 1024 || !text.isWellFormed()) return new Refusal('invalid_email')
  const address = toHalfWidth(text.replace(invisible, '')).trim().normalize('NFC').toLowerCase()
  const at = address.lastIndexOf('@')
  const local = withoutQuotes(address.slice(0, at))
  if (at < 1 || !localPart.test(local)) return new Refusal('invalid_email')
  const domain = toAsciiDomain(address.slice(at + 1))
  if (domain === undefined) return new Refusal('invalid_email')
  const localOctets = utf8Length(local)
  return withinLimits(`${local}@${domain}`, localOctets + 1 + domain.length, localOctets)
}

function withoutQuotes(local: string): string {
  const quoted = quotedLocalPart.exec(local)?.[1]
  return quoted === undefined ? local : quoted.replaceAll(/\\(.)/gs, '$1')
}

/** UTS #46 by way of the URL parser, which every JavaScript engine has. */
function toAsciiDomain(domain: string): string | undefined {
  if (!domainText.test(domain) || !URL.canParse(`http://${domain}`)) return undefined
  const ascii = new URL(`http://${domain}`).hostname
  const isReal = asciiDomain.test(ascii) && !reservedLabel.test(ascii) && ascii.split('.').every(isDecodable)
  return isReal ? ascii : undefined
}

/** The URL parser lets labels pass that only look encoded. */
const isDecodable = (label: string): boolean =>
  !label.startsWith(encodedPrefix) || decodePunycode(label.slice(encodedPrefix.length)) !== undefined

function withinLimits(address: string, octets: number, localOctets: number): Checked<string> {
  if (localOctets > maxLocalOctets || octets > maxOctets) return new Refusal('invalid_email')
  return reservedTld.test(address) ? new Refusal('reserved_domain') : address
}

function utf8Length(text: string): number {
  let length = 0
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0
    length += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
  }
  return length
}

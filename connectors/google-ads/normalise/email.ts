import type { GoogleAdsConfig } from '../config.ts'

/** Longest address that can exist (RFC 5321, path of 256 octets with its brackets). */
const longest = 254

/**
 * An e-mail address as Google hashes it: trimmed, lower case; for Gmail without dots and, under `dots_and_tags`, without the part
 * after "+". Undefined when it is not of the form user@domain. The default is the rule of Google's own helper for Node
 * (googleads/data-manager-node, util/src/formatter.ts); the one for Python keeps the tag.
 */
export function normaliseEmail(text: string, rule: GoogleAdsConfig['gmail_rule']): string | undefined {
  const written = text.trim().toLowerCase()
  if (written.length > longest || /\s/.test(written)) return undefined
  const [user = '', domain = '', ...more] = written.split('@')
  if (user === '' || domain === '' || more.length > 0) return undefined
  const known = isGmail(domain) ? shorten(user, rule) : user
  return known === '' ? undefined : `${known}@${domain}`
}

const isGmail = (domain: string): boolean => domain === 'gmail.com' || domain === 'googlemail.com'

function shorten(user: string, rule: GoogleAdsConfig['gmail_rule']): string {
  if (rule === 'as_written') return user
  const kept = rule === 'dots_and_tags' ? user.replace(/\+.*$/, '') : user
  return kept.replaceAll('.', '')
}

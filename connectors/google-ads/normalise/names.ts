/** Longest name that is taken for one. */
const longest = 200

const titles = /^(?:mr|mrs|ms|dr)\.(?:\s|$)/
const suffixes = /(?:,\s*|\s+)(?:jr\.?|sr\.?|2nd|3rd|ii|iii|iv|v|vi|cpa|dc|dds|vm|jd|md|phd)\s?$/

/**
 * A given name as Google hashes it: trimmed, lower case, without a title in front. Undefined when nothing is left. The rule is that of
 * Google's helper for Node, whose tests are the published vectors.
 */
export function normaliseGivenName(text: string): string | undefined {
  const name = text.trim().toLowerCase().replace(titles, '').trim()
  return usable(name)
}

/** A family name as Google hashes it: trimmed, lower case, without suffixes such as ", Jr."; hyphens stay. */
export function normaliseFamilyName(text: string): string | undefined {
  let name = text.trim().toLowerCase()
  if (name.length > longest) return undefined
  while (suffixes.test(name)) name = name.replace(suffixes, '')
  return usable(name)
}

const usable = (name: string): string | undefined => (name === '' || name.length > longest ? undefined : name)

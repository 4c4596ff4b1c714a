/** Longest token that a platform hands out: HubSpot's are some 300 characters and grow, Salesforce's keys are files of their own. */
const longestSecret = 8192

/** A key or token: one line without blanks inside. */
export function readSecret(text: string): string | undefined {
  const secret = text.trim()
  return secret === '' || secret.length > longestSecret || /[\s\p{Cc}]/u.test(secret) ? undefined : secret
}

export function readDigits(text: string): string | undefined {
  return /^\d{1,20}$/.test(text.trim()) ? text.trim() : undefined
}

/** One of the words. */
export function readChoice(...words: readonly string[]): (text: string) => string | undefined {
  return (text) => words.find((word) => word === text.trim())
}

/** Address of an API: scheme, host and port, nothing behind. */
export function readBaseUrl(text: string): string | undefined {
  const url = URL.parse(text.trim())
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return undefined
  return url.pathname === '/' && url.search === '' && url.hash === '' ? url.origin : undefined
}

/** The hub's public address: https, as platforms call nothing else, with a path only where a proxy adds one. */
export function readPublicAddress(text: string): string | undefined {
  const url = URL.parse(text.trim())
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '') return undefined
  if (url.search !== '' || url.hash !== '' || url.hostname === 'localhost') return undefined
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
}

/** Name of a connection, as manifests refer to it. */
export function readName(text: string): string | undefined {
  return /^[a-z][a-z0-9-]{0,63}$/.test(text.trim()) ? text.trim() : undefined
}

/** A folder's name; where it leads is for the command to say. */
export function readFolder(text: string): string | undefined {
  const name = text.trim()
  return name === '' || /\p{Cc}/u.test(name) ? undefined : name
}

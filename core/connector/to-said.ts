const longest = 200

/**
 * The platform's own words as they may stand in an error, an outcome's reason or a log: one line of at most 200 characters, with
 * e-mail addresses, long digit runs (phones, ids) and long opaque words (tokens, hashes) replaced. Platforms like to quote the
 * value they refuse.
 */
export function toSaid(words: string): string {
  const line = words
    .slice(0, 4096)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[^\s<>"(),;:]+(?:@|%40)[^\s<>"'(),;]+/gi, '[email]')
    .replaceAll(/[\w.~+/=-]{32,}/g, '[token]')
    .replaceAll(/\+?\d[\d ().-]{5,}\d/g, '[number]')
    .trim()
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line
}

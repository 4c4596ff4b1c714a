/** Enough of a digest to be told from any other by a person: 48 bits. */
const shownCharacters = 12

/** The digest of a plan as people see and type it. */
export function shortDigest(digest: string): string {
  return digest.slice(0, shownCharacters)
}

/**
 * All spellings of a name that look or read the same have one key: compatibility forms and letter case are folded (Unicode NFKC, then
 * lower case), spaces at the ends go.
 */
export function nameKey(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase()
}

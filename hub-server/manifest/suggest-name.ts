import { distance } from 'fastest-levenshtein'

/** Longest word that is compared: longer ones are never typos of ours, and the comparison is quadratic. */
const longestWord = 128

/** The candidate that `word` is most probably a typo of, or "" when none is near (at most a third of the letters differ). */
export function suggestName(word: string, candidates: Iterable<string>): string {
  if (word.length > longestWord) return ''
  let best = ''
  let bestDistance = Infinity
  for (const candidate of candidates) {
    const steps = nameDistance(word, candidate)
    if (steps < bestDistance) {
      best = candidate
      bestDistance = steps
    }
  }
  return bestDistance <= Math.max(1, Math.ceil(word.length / 3)) ? best : ''
}

/** Edits between two names; spelling in camel case, kebab case or snake case costs nothing. */
export function nameDistance(word: string, candidate: string): number {
  if (word.length > longestWord) return Infinity
  return distance(plain(word), plain(candidate))
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_ ]/g, '')
}

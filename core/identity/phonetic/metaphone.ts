const vowels = new Set('aeiou')
const front = new Set('iey')

/** The letter that is read, and what stands around it; the empty text beyond the ends. */
interface Place {
  readonly first: boolean
  readonly before: string
  readonly next: string
  readonly afterNext: string
}

interface Sound {
  readonly sound: string
  /** Letters after this one that belong to the sound. */
  readonly skip?: number
}

const silent: Sound = { sound: '' }
const isSoftIo = ({ next, afterNext }: Place): boolean =>
  next === 'i' && (afterNext === 'o' || afterNext === 'a')

const readers: Readonly<Record<string, (place: Place) => Sound>> = {
  b: ({ before, next }) => (before === 'm' && next === '' ? silent : { sound: 'b' }),
  c: ({ next, afterNext }) => {
    if (next === 'h' || (next === 'i' && afterNext === 'a')) return { sound: 'x', skip: 1 }
    return front.has(next) ? { sound: 's', skip: 1 } : { sound: 'k' }
  },
  d: ({ next, afterNext }) =>
    next === 'g' && front.has(afterNext) ? { sound: 'j', skip: 2 } : { sound: 't' },
  g: ({ next, afterNext }) => {
    if (front.has(next)) return { sound: 'j' }
    const isSilent = (next === 'h' && !vowels.has(afterNext)) || (next === 'n' && afterNext === '')
    return isSilent ? { sound: '', skip: next === 'h' ? 1 : 0 } : { sound: 'k' }
  },
  h: ({ first, before, next }) =>
    first || vowels.has(next) || !vowels.has(before) ? { sound: 'h' } : silent,
  k: ({ before }) => (before === 'c' ? silent : { sound: 'k' }),
  p: ({ next }) => (next === 'h' ? { sound: 'f', skip: 1 } : { sound: 'p' }),
  q: () => ({ sound: 'k' }),
  s: (place) => {
    if (place.next === 'h') return { sound: 'x', skip: 1 }
    return isSoftIo(place) ? { sound: 'x', skip: 2 } : { sound: 's' }
  },
  t: (place) => {
    if (isSoftIo(place)) return { sound: 'x' }
    if (place.next === 'h') return { sound: '0', skip: 1 }
    return place.next === 'c' && place.afterNext === 'h' ? silent : { sound: 't' }
  },
  v: () => ({ sound: 'f' }),
  w: ({ first, next }) => {
    if (first && next === 'h') return { sound: 'w', skip: 1 }
    return vowels.has(next) ? { sound: 'w' } : silent
  },
  x: (place) => {
    if (!place.first) return { sound: 'ks' }
    return { sound: place.next === 'h' || isSoftIo(place) ? 'x' : 's' }
  },
  y: ({ next }) => (vowels.has(next) ? { sound: 'y' } : silent),
  z: () => ({ sound: 's' }),
}
for (const letter of 'fjlmnr') Object.assign(readers, { [letter]: () => ({ sound: letter }) })

/**
 * Metaphone (Philips, "Hanging on the Metaphone", Computer Language 1990): how an English reader would pronounce the consonants; a vowel
 * counts at the start of a word only, "0" is the sound of "th", "X" that of "sh". Characters that are no letters are passed over.
 */
export function metaphone(text: string): string {
  const letters = text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/^(?:kn|gn|pn|wr|ae)/, (pair) => pair.slice(1))
  let key = ''
  for (let at = 0; at < letters.length; at += 1) {
    const letter = letters.charAt(at)
    const place: Place = {
      first: at === 0,
      before: letters.charAt(at - 1),
      next: letters.charAt(at + 1),
      afterNext: letters.charAt(at + 2),
    }
    if (letter === place.next && letter !== 'c') continue
    const { sound, skip = 0 } = read(letter, place, key)
    key += sound
    at += skip
  }
  return key.toUpperCase()
}

function read(letter: string, place: Place, key: string): Sound {
  if (vowels.has(letter)) return place.first || place.before === ' ' ? { sound: letter } : silent
  if (letter === ' ') return { sound: key === '' || key.endsWith(' ') ? '' : ' ' }
  return readers[letter]?.(place) ?? silent
}

const vowels = 'AEIOU'
const starts: readonly (readonly [RegExp, string])[] = [
  [/^MAC/, 'MCC'],
  [/^KN/, 'N'],
  [/^K/, 'C'],
  [/^P[HF]/, 'FF'],
  [/^SCH/, 'SSS'],
]
const ends: readonly (readonly [RegExp, string])[] = [
  [/(?:IE|EE)$/, 'Y'],
  [/(?:DT|RT|RD|NT|ND)$/, 'D'],
]
const single = new Map([
  ...Array.from(vowels, (vowel): [string, string] => [vowel, 'A']),
  ['Q', 'G'],
  ['Z', 'S'],
  ['M', 'N'],
])

/**
 * The phonetic key of the New York State Identification and Intelligence System (Taft, "Name search techniques", 1970), not cut to six
 * letters. Keeps the order of vowels and consonants, so it tells more names apart than Soundex. Empty for an empty text.
 */
export function nysiis(text: string): string {
  const name = replaceFirst(replaceFirst(text.toUpperCase(), starts), ends)
  let key = name.slice(0, 1)
  for (let at = 1; at < name.length;) {
    const { sound, taken } = soundAt(name, at)
    if (!key.endsWith(sound.slice(-1))) key += sound
    at += taken
  }
  return shorten(key)
}

function replaceFirst(name: string, rules: readonly (readonly [RegExp, string])[]): string {
  const rule = rules.find(([shape]) => shape.test(name))
  return rule ? name.replace(rule[0], rule[1]) : name
}

interface Sound {
  readonly sound: string
  /** Letters that it stands for. */
  readonly taken: number
}

function soundAt(name: string, at: number): Sound {
  const letter = name.charAt(at)
  const rest = name.slice(at)
  if (rest.startsWith('EV')) return { sound: 'AF', taken: 2 }
  if (rest.startsWith('SCH')) return { sound: 'SS', taken: 3 }
  if (rest.startsWith('PH')) return { sound: 'F', taken: 2 }
  if (letter === 'K') return { sound: rest.startsWith('KN') ? 'N' : 'C', taken: 1 }
  return { sound: single.get(letter) ?? breathAt(name, at), taken: 1 }
}

/** H and W are heard with the vowels around them only. */
function breathAt(name: string, at: number): string {
  const letter = name.charAt(at)
  const before = name.charAt(at - 1)
  const after = name.charAt(at + 1)
  const afterVowel = isVowel(before)
  if (letter === 'H' && (!afterVowel || !isVowel(after))) return afterVowel ? 'A' : before
  return letter === 'W' && afterVowel ? before : letter
}

const isVowel = (letter: string): boolean => letter !== '' && vowels.includes(letter)

function shorten(key: string): string {
  const withoutS = key.length > 1 ? key.replace(/S$/, '') : key
  const withoutA = withoutS.replace(/AY$/, 'Y')
  return withoutA.length > 1 ? withoutA.replace(/A$/, '') : withoutA
}

/** Lower case without punctuation and spaces. Accents and other alphabets stay, composed (NFC), as Meta's own normaliser does. */
export function normaliseName(text: string): string | undefined {
  return (
    text
      .normalize('NFC')
      .toLowerCase()
      .replace(/[\p{P}\p{S}\s]+/gu, '') || undefined
  )
}

/** First letter of the first name. */
export function normaliseInitial(text: string): string | undefined {
  const [first] = normaliseName(text) ?? ''
  return first
}

/** "m" or "f", from the word or its first letter in English; Meta knows no other. */
export function normaliseGender(text: string): string | undefined {
  const word = text.trim().toLowerCase()
  if (['m', 'male', 'man'].includes(word)) return 'm'
  return ['f', 'female', 'woman'].includes(word) ? 'f' : undefined
}

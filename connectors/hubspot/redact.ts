const longestWords = 300

/**
 * The platform's own words without personal data: e-mail addresses, long numbers and the given values (what was sent) are taken
 * out, and the rest is cut to 300 characters.
 */
export function redact(words: string, sent: readonly string[] = []): string {
  // Addresses and numbers first: a sent first name inside an address would leave the rest of it standing.
  let clean = words
    .slice(0, 20 * longestWords)
    .replaceAll(/[^\s@"'<>()[\]{},;:]+@[^\s@"'<>()[\]{},;:]+/g, '<email>')
    .replaceAll(/\+?\d(?:[\s().-]?\d){6,}/g, '<number>')
  for (const value of [...new Set(sent)].sort((a, b) => b.length - a.length)) {
    if (value.trim() === '') continue
    const whole = String.raw`(?<![\p{L}\p{N}_])${RegExp.escape(value)}(?![\p{L}\p{N}_])`
    clean = clean.replaceAll(new RegExp(whole, 'giu'), '<value>')
  }
  return clean.slice(0, longestWords)
}

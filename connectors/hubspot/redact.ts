const longestWords = 300

/**
 * The platform's own words without personal data: e-mail addresses, long numbers and the given values (what was sent) are taken
 * out, and the rest is cut to 300 characters.
 */
export function redact(words: string, sent: readonly string[] = []): string {
  let clean = words.slice(0, 20 * longestWords)
  for (const value of [...new Set(sent)].sort((a, b) => b.length - a.length)) {
    if (value.trim() === '') continue
    clean = clean.replaceAll(
      new RegExp(String.raw`(?<![\p{L}\p{N}_])${RegExp.escape(value)}(?![\p{L}\p{N}_])`, 'giu'),
      '<value>',
    )
  }
  return clean
    .replaceAll(/[^\s@"'<>()[\]{},;:]+@[^\s@"'<>()[\]{},;:]+/g, '<email>')
    .replaceAll(/\+?\d(?:[\s().-]?\d){6,}/g, '<number>')
    .slice(0, longestWords)
}

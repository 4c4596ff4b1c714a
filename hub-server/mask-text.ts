/** Enough of a person's identifier to recognise it by, not enough to learn it: "ada@example.com" → "a…m"; short ones show nothing. */
export function maskText(text: string): string {
  return text.length < 4 ? '…' : `${text.slice(0, 1)}…${text.slice(-1)}`
}

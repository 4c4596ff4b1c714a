/**
 * What can move a cursor, end a line, change colours or turn the direction of writing: control characters of both sets, line and paragraph
 * separators, and the marks of https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters. A tab can
 * do none of it, and the codes of the terminal's own styles change no more than a colour.
 */
const unsafe =
  // oxlint-disable-next-line no-control-regex
  /\u001b(?!\[(?:1|2|3[1236]|22|39)m)|[\u0000-\u0008\u000a-\u001a\u001c-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

/** A text from outside as a part of one line: what could forge another line, or hide this one, is shown as an escape ("\u000a"). */
export function oneLine(text: string): string {
  return text.replaceAll(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

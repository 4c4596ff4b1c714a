/** The characters of a text as numbers: what people count as one is one, also outside the first 65,536. */
export const codePoints = (text: string): readonly number[] =>
  Array.from(text, (character) => character.codePointAt(0) ?? 0)

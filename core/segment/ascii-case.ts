const upper = /[A-Z]/g

/**
 * Lower-cases A to Z and nothing else: "ignore_case" means the case of these 26 letters. Lower-casing beyond ASCII differs between
 * languages and engines (İ, ß, final sigma).
 */
export function lowerAscii(text: string): string {
  return text.replaceAll(upper, (letter) => letter.toLowerCase())
}

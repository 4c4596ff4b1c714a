const shifts = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21] as const

/** floor(2^32 × |sin(i + 1)|), the constants of RFC 1321, section 3.4. */
const sines = Array.from({ length: 64 }, (_, index) => Math.floor(2 ** 32 * Math.abs(Math.sin(index + 1))))

/**
 * MD5 of a text's UTF-8 as 32 lower-case hexadecimal digits (https://www.rfc-editor.org/rfc/rfc1321). Not for secrets: it is what
 * every SQL engine has built in, and shares of people need no more than even spread.
 */
export function md5Hex(text: string): string {
  const words = padMessage(new TextEncoder().encode(text))
  let state: State = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]
  for (let block = 0; block < words.length; block += 16)
    state = addStates(state, runRounds(state, words.slice(block, block + 16)))
  return state.map(toHex).join('')
}

type State = readonly [number, number, number, number]

/** The message as little-endian words, with a one bit, zeros, and its length in bits as 64 bits. */
function padMessage(bytes: Uint8Array): number[] {
  const length = Math.ceil((bytes.length + 9) / 64) * 64
  const padded = new Uint8Array(length)
  padded.set(bytes)
  padded[bytes.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setUint32(length - 8, (bytes.length * 8) >>> 0, true)
  view.setUint32(length - 4, Math.floor(bytes.length / 2 ** 29), true)
  return Array.from({ length: length / 4 }, (_, index) => view.getUint32(index * 4, true))
}

function runRounds(start: State, words: readonly number[]): State {
  let [a, b, c, d] = start
  for (let step = 0; step < 64; step += 1) {
    const { mixed, word } = mix(step, [a, b, c, d])
    const sum = (a + mixed + (sines[step] ?? 0) + (words[word] ?? 0)) >>> 0
    const shift = shifts[Math.floor(step / 16) * 4 + (step % 4)] ?? 0
    const rotated = ((sum << shift) | (sum >>> (32 - shift))) >>> 0
    ;[a, b, c, d] = [d, (b + rotated) >>> 0, b, c]
  }
  return [a, b, c, d]
}

/** The round's function, and which word of the block the step takes. */
function mix(step: number, [, b, c, d]: State): { readonly mixed: number; readonly word: number } {
  switch (Math.floor(step / 16)) {
    case 0:
      return { mixed: ((b & c) | (~b & d)) >>> 0, word: step }
    case 1:
      return { mixed: ((d & b) | (~d & c)) >>> 0, word: (5 * step + 1) % 16 }
    case 2:
      return { mixed: (b ^ c ^ d) >>> 0, word: (3 * step + 5) % 16 }
    default:
      return { mixed: (c ^ (b | ~d)) >>> 0, word: (7 * step) % 16 }
  }
}

function addStates(left: State, right: State): State {
  return [
    (left[0] + right[0]) >>> 0,
    (left[1] + right[1]) >>> 0,
    (left[2] + right[2]) >>> 0,
    (left[3] + right[3]) >>> 0,
  ]
}

function toHex(word: number): string {
  const bytes = [word, word >>> 8, word >>> 16, word >>> 24]
  return bytes.map((byte) => (byte & 0xff).toString(16).padStart(2, '0')).join('')
}

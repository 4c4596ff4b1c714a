import { isUtf8 } from 'node:buffer'

/** Text of a file, or why it is not UTF-8 text, with the line of the first bad byte. */
export type DecodedText =
  | { readonly text: string }
  | { readonly problem: 'byte_order_mark' | 'utf16' | 'invalid_utf8' | 'empty'; readonly line: number }

/** Reads bytes as plain UTF-8. A byte-order mark is refused: some JSON readers take it, others do not, and nobody sees it. */
export function decodeText(bytes: Uint8Array): DecodedText {
  if (isUtf16(bytes)) return { problem: 'utf16', line: 1 }
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf)
    return { problem: 'byte_order_mark', line: 1 }
  if (!isUtf8(bytes)) return { problem: 'invalid_utf8', line: firstBadLine(bytes) }
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  return text.trim() === '' ? { problem: 'empty', line: 1 } : { text }
}

/** UTF-16 by its mark, or by the zero byte that it puts beside the first ASCII letter. */
function isUtf16(bytes: Uint8Array): boolean {
  const [first, second] = bytes
  if (first === 0xfe && second === 0xff) return true
  if (first === 0xff && second === 0xfe) return true
  return first !== undefined && second !== undefined && (first === 0 || second === 0)
}

function firstBadLine(bytes: Uint8Array): number {
  let line = 1
  let start = 0
  for (;;) {
    const end = bytes.indexOf(10, start)
    if (!isUtf8(bytes.subarray(start, end === -1 ? undefined : end)) || end === -1) return line
    start = end + 1
    line += 1
  }
}

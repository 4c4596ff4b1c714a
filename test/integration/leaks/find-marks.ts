import type { Needle } from './marks.ts'

export interface Hit {
  readonly place: string
  readonly mark: string
  readonly form: string
  /** What stands around it. */
  readonly around: string
}

/** Everything of one place that is searched. */
export interface Haystack {
  readonly place: string
  readonly bytes: Buffer
}

const lower = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 65 && byte <= 90 ? byte + 32 : byte))

/** Finds each mark once in a place and form, in one pass, whatever its case. */
export function createFinder(needles: readonly Needle[]): (haystack: Haystack) => Hit[] {
  const byStart = new Map<number, { needle: Needle; folded: Buffer }[]>()
  const starts = new Uint8Array(65_536)
  for (const needle of needles) {
    const folded = fold(needle.bytes)
    const start = ((folded[0] ?? 0) << 8) | (folded[1] ?? 0)
    starts[start] = 1
    byStart.set(start, [...(byStart.get(start) ?? []), { needle, folded }])
  }
  return ({ place, bytes }) => {
    const folded = fold(bytes)
    const hits = new Map<string, Hit>()
    let before = folded[0] ?? 0
    for (let at = 1; at < folded.length; at += 1) {
      const byte = folded[at] ?? 0
      const start = (before << 8) | byte
      before = byte
      if (starts[start] === 0) continue
      for (const { needle, folded: wanted } of byStart.get(start) ?? []) {
        if (at - 1 + wanted.length > folded.length) continue
        if (folded.compare(wanted, 0, wanted.length, at - 1, at - 1 + wanted.length) !== 0) continue
        const key = `${needle.mark} ${needle.form}`
        if (!hits.has(key))
          hits.set(key, { place, mark: needle.mark, form: needle.form, around: excerpt(bytes, at - 1) })
      }
    }
    return [...hits.values()]
  }
}

function fold(bytes: Uint8Array): Buffer {
  const folded = Buffer.allocUnsafe(bytes.length)
  for (let at = 0; at < bytes.length; at += 1) folded[at] = lower[bytes[at] ?? 0] ?? 0
  return folded
}

const excerpt = (bytes: Buffer, at: number): string =>
  bytes
    .subarray(Math.max(0, at - 90), at + 70)
    .toString('latin1')
    .replaceAll(/[^\x20-\x7e]+/g, '·')

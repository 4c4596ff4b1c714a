/** Parameters of RFC 3492 §5. */
const base = 36
const threshold = { least: 1, most: 26 }
const [skew, damp, initialBias, initialPoint] = [38, 700, 72, 128]

/** Reads the part of a domain label after "xn--" (RFC 3492 §6.2). Undefined when it is none. */
export function decodePunycode(text: string): string | undefined {
  const delimiter = text.lastIndexOf('-')
  const points = Array.from(text.slice(0, Math.max(0, delimiter)), (sign) => sign.codePointAt(0) ?? 0)
  let [point, bias, at] = [initialPoint, initialBias, 0]
  for (let read = delimiter < 0 ? 0 : delimiter + 1; read < text.length;) {
    const delta = readDelta(text, read, bias)
    if (!delta) return undefined
    read = delta.next
    const length = points.length + 1
    bias = adapt(delta.value, length, at === 0 && points.length === Math.max(0, delimiter))
    point += Math.floor((at + delta.value) / length)
    at = (at + delta.value) % length
    if (point > 0x10ffff) return undefined
    points.splice(at, 0, point)
    at += 1
  }
  return String.fromCodePoint(...points)
}

function readDelta(text: string, from: number, bias: number): { value: number; next: number } | undefined {
  let [value, weight, next] = [0, 1, from]
  for (let k = base; ; k += base) {
    const digit = digitOf(text.charCodeAt(next))
    next += 1
    if (digit === undefined) return undefined
    value += digit * weight
    const limit = Math.min(Math.max(k - bias, threshold.least), threshold.most)
    if (digit < limit) return { value, next }
    weight *= base - limit
    if (weight > 0x7fffffff) return undefined
  }
}

function digitOf(code: number): number | undefined {
  if (code >= 0x61 && code <= 0x7a) return code - 0x61
  if (code >= 0x41 && code <= 0x5a) return code - 0x41
  return code >= 0x30 && code <= 0x39 ? code - 0x30 + 26 : undefined
}

/** RFC 3492 §6.1. */
function adapt(delta: number, length: number, isFirst: boolean): number {
  let rest = isFirst ? Math.floor(delta / damp) : Math.floor(delta / 2)
  rest += Math.floor(rest / length)
  let k = 0
  for (; rest > ((base - threshold.least) * threshold.most) / 2; k += base)
    rest = Math.floor(rest / (base - threshold.least))
  return k + Math.floor(((base - threshold.least + 1) * rest) / (rest + skew))
}

/**
 * What a manifest file may be at most, checked on its text before anything is parsed: no parser of ours recurses, or allocates a
 * tree, on a document beyond these. `nodes` counts values, `depth` nested objects and lists.
 */
export const fileLimits = { bytes: 1024 * 1024, depth: 64, nodes: 200_000 } as const

export interface BoundsFault {
  readonly code: 'manifest.too_deep' | 'manifest.too_large'
  readonly offset: number
  readonly limit: number
  readonly found: number
}

const quote = 34
const backslash = 92
const comma = 44
const openers = new Set([91, 123])
const closers = new Set([93, 125])

/** Runs once over the text, without recursion, and tells the first bound it breaks. */
export function scanBounds(text: string): BoundsFault | undefined {
  let depth = 0
  let nodes = 1
  for (let offset = 0; offset < text.length; offset += 1) {
    const code = text.charCodeAt(offset)
    if (code === quote) {
      offset = endOfString(text, offset)
    } else if (openers.has(code)) {
      depth += 1
      nodes += 1
      if (depth > fileLimits.depth)
        return {
          code: 'manifest.too_deep',
          offset,
          limit: fileLimits.depth,
          found: deepest(text, offset, depth),
        }
    } else if (closers.has(code)) {
      depth -= 1
    } else if (code === comma) {
      nodes += 1
    }
    if (nodes > fileLimits.nodes)
      return { code: 'manifest.too_large', offset, limit: fileLimits.nodes, found: nodes }
  }
  return undefined
}

/** How deep the nesting goes that was found to be too deep. */
function deepest(text: string, from: number, startDepth: number): number {
  let depth = startDepth
  let most = startDepth
  for (let offset = from + 1; offset < text.length; offset += 1) {
    const code = text.charCodeAt(offset)
    if (code === quote) offset = endOfString(text, offset)
    else if (openers.has(code)) depth += 1
    else if (closers.has(code)) depth -= 1
    most = Math.max(most, depth)
  }
  return most
}

/** Offset of the quote that ends the string begun at `start`, or of the line's or text's end when nothing closes it. */
function endOfString(text: string, start: number): number {
  for (let offset = start + 1; offset < text.length; offset += 1) {
    const code = text.charCodeAt(offset)
    if (code === backslash) offset += 1
    else if (code === quote || code === 10) return offset
  }
  return text.length
}

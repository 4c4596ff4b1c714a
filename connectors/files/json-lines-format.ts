import type { Reason } from '../../core/connector/outcome.ts'
import type { JsonObject } from '../../core/port/json.ts'
import type { Block } from './block.ts'
import type { RowFormat } from './row-format.ts'
import { fault, maxColumns, rowTooLarge, type Row } from './row.ts'

/** Deepest nesting of a row: code after this one walks values by recursion. */
const maxDepth = 32

/** One JSON object per line (jsonlines.org). */
export const jsonLinesFormat: RowFormat<JsonObject> = {
  parse(block) {
    const rows: Row<JsonObject>[] = []
    let { line } = block.start
    for (let at = 0; at < block.text.length; line += 1) {
      const newline = block.text.indexOf('\n', at)
      const end = newline < 0 ? block.text.length : newline
      const raw = block.text.slice(at, block.text[end - 1] === '\r' ? end - 1 : end)
      if (raw !== '') rows.push({ line, raw, ...parseLine(block, line, raw) })
      at = end + 1
    }
    return { rows, endLine: line, isAll: true }
  },
}

type Parsed = { readonly value: JsonObject } | { readonly fault: Reason }

function parseLine(block: Block, line: number, raw: string): Parsed {
  if (block.isTooLong(line, 1, raw.length)) return { fault: rowTooLarge }
  const wrongBytes = block.screen(line, 1)
  if (wrongBytes) return { fault: wrongBytes }
  if (isTooDeep(raw)) return { fault: fault('too_deep', `The row is nested deeper than ${maxDepth} levels.`) }
  return parseObject(raw)
}

function parseObject(raw: string): Parsed {
  let value: unknown
  try {
    value = JSON.parse(raw)
  } catch {
    // The parser's own message quotes the row, so it is not passed on.
    return { fault: fault('invalid_json', 'The row is not JSON.') }
  }
  if (!isObject(value)) return { fault: fault('not_an_object', 'The row is JSON, but not an object.') }
  if (Object.hasOwn(value, '__proto__'))
    return { fault: fault('forbidden_key', 'The row has a key named "__proto__".') }
  if (raw.length > maxColumns && Object.keys(value).length > maxColumns)
    return { fault: fault('too_many_keys', `The row has more than ${maxColumns} keys.`) }
  return { value }
}

/** What JSON.parse gave for an object is a `JsonObject`: nothing else is left to check. */
function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Counts open brackets outside of strings, without recursion: 100,000 levels must not reach any stack. */
function isTooDeep(raw: string): boolean {
  let depth = 0
  let inString = false
  for (let at = 0; at < raw.length; at += 1) {
    const unit = raw.charCodeAt(at)
    if (inString) {
      if (unit === 92) at += 1
      else if (unit === 34) inString = false
    } else if (unit === 34) inString = true
    else if (unit === 123 || unit === 91) {
      depth += 1
      if (depth > maxDepth) return true
    } else if (unit === 125 || unit === 93) depth -= 1
  }
  return false
}

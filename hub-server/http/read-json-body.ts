import type { IncomingMessage } from 'node:http'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import { decodeText } from '../manifest/decode-text.ts'
import { parseJson } from '../manifest/parse-json.ts'
import { fileLimits, scanBounds } from '../manifest/scan-bounds.ts'
import { createBodyReader } from './body-reader.ts'

/** Bytes of one body, as of one manifest file; of all that are read at one time. */
const limits = { one: fileLimits.bytes, all: 32 * fileLimits.bytes }

/** A body with the digest's raw bytes. */
export interface JsonBody {
  readonly bytes: Uint8Array
  readonly value: unknown
}

/**
 * Reads a request's body as JSON, by the rules of manifest files: plain UTF-8, no byte-order mark, no key twice, no `__proto__`, no half of a
 * surrogate pair; size, depth and count of values are checked in one pass over the text before anything is parsed. Throws `api.media_type`, `api.body_too_large`,
 * `api.body_too_deep`, `api.body_unreadable`, `api.overloaded`.
 */
export function createJsonBodyReader(): <Result>(
  request: IncomingMessage,
  work: (body: JsonBody) => Promise<Result>,
) => Promise<Result> {
  const withBody = createBodyReader(limits)
  return async (request, work) => {
    requireJson(request)
    return withBody(request, (bytes) => work({ bytes, value: toValue(bytes) }))
  }
}

function requireJson({ headers }: IncomingMessage): void {
  const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';')
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  const isPlain = type.trim() === 'application/json' && coding === 'identity'
  if (!isPlain || parameters.some(isOtherCharset)) throw new AffluentError('api.media_type')
}

/** JSON is UTF-8 (RFC 8259, 8.1): what is said to be something else would be read otherwise than it was meant. */
function isOtherCharset(parameter: string): boolean {
  const charset = /^\s*charset\s*=\s*"?([^"]*)"?\s*$/.exec(parameter)?.[1]
  return charset !== undefined && !['utf-8', 'utf8'].includes(charset.trim())
}

function toValue(bytes: Uint8Array): unknown {
  const decoded = decodeText(bytes)
  if ('problem' in decoded) throw new AffluentError('api.body_unreadable', { problem: decoded.problem })
  const bound = scanBounds(decoded.text)
  if (bound?.code === 'manifest.too_deep')
    throw new AffluentError('api.body_too_deep', { limit: bound.limit })
  if (bound) throw new AffluentError('api.body_too_large', { limit: bound.limit })
  const { value, faults } = parseJson(decoded.text)
  const [fault] = faults
  if (!fault) {
    if (holdsHalfPair(decoded.text, value))
      throw new AffluentError('api.body_unreadable', { problem: 'half_character' })
    return value
  }
  const isKey = fault.code === 'manifest.duplicate_key' || fault.code === 'manifest.unknown_key'
  const problem = isKey ? 'repeated_or_reserved_key' : String(fault.params['problem'] ?? 'bad_number')
  throw new AffluentError('api.body_unreadable', { problem })
}

/** Half of a surrogate pair, which can only come as an escape: stores and programs each make something else of it (RFC 8259, 8.2). */
function holdsHalfPair(text: string, value: unknown): boolean {
  if (!/\\u[dD][89a-fA-F]/.test(text)) return false
  let isFound = false
  JSON.stringify(value, (key, part: unknown) => {
    isFound ||= !key.isWellFormed() || (typeof part === 'string' && !part.isWellFormed())
    return part
  })
  return isFound
}

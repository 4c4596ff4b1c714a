import { parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser'
import type { ErrorParams } from '../../core/errors/affluent-error.ts'
import type { ErrorCode } from '../../core/errors/error-codes.ts'
import type { JsonValue } from '../../core/port/json.ts'
import { createLineIndex } from './line-index.ts'

interface TextFault {
  readonly offset: number
  readonly code: ErrorCode
  readonly params: ErrorParams
}

export interface ParsedJson {
  /** Undefined when the text is not JSON, or when it would not be read alike by every parser. */
  readonly value: JsonValue | undefined
  readonly root: Node | undefined
  readonly faults: readonly TextFault[]
}

/**
 * Parses plain JSON and keeps the place of every node. Comments, trailing commas, duplicate keys, `__proto__` keys and numbers that
 * no parser keeps exactly are faults. The text must have passed `scanBounds`.
 */
export function parseJson(text: string): ParsedJson {
  const errors: ParseError[] = []
  const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false })
  if (errors.length > 0 || !root)
    return { value: undefined, root: undefined, faults: syntaxFaults(text, errors) }
  const faults = readingFaults(text, root)
  const isSafe = faults.every((fault) => fault.code === 'manifest.duplicate_key')
  if (!isSafe) return { value: undefined, root, faults }
  try {
    const value: JsonValue = JSON.parse(text)
    return { value, root, faults }
  } catch (error) {
    // The position parser took what the engine's own parser refuses: the stricter one decides.
    if (!(error instanceof SyntaxError)) throw error
    const fault = { offset: 0, code: 'manifest.not_json', params: { problem: 'bad_character' } } as const
    return { value: undefined, root: undefined, faults: [...faults, fault] }
  }
}

/** The parser's names for what is wrong, in ours. */
const problems = new Map([
  ['InvalidSymbol', 'unknown_word'],
  ['InvalidNumberFormat', 'bad_number'],
  ['PropertyNameExpected', 'key_expected'],
  ['ValueExpected', 'value_expected'],
  ['ColonExpected', 'colon_expected'],
  ['CommaExpected', 'comma_expected'],
  ['CloseBraceExpected', 'closing_brace_expected'],
  ['CloseBracketExpected', 'closing_bracket_expected'],
  ['EndOfFileExpected', 'text_after_end'],
  ['InvalidCommentToken', 'comment'],
  ['UnexpectedEndOfComment', 'comment'],
  ['UnexpectedEndOfString', 'unclosed_text'],
  ['UnexpectedEndOfNumber', 'bad_number'],
  ['InvalidUnicode', 'bad_escape'],
  ['InvalidEscapeCharacter', 'bad_escape'],
  ['InvalidCharacter', 'bad_character'],
])

/** Comments and trailing commas are all told; after the first other error the parser only guesses, so it is the last one told. */
function syntaxFaults(text: string, errors: readonly ParseError[]): TextFault[] {
  const faults: TextFault[] = []
  for (const error of errors) {
    const problem = isTrailingComma(text, error)
      ? 'trailing_comma'
      : (problems.get(printParseErrorCode(error.error)) ?? 'bad_character')
    faults.push({ offset: error.offset, code: 'manifest.not_json', params: { problem } })
    if (problem !== 'comment' && problem !== 'trailing_comma') break
  }
  return faults
}

function isTrailingComma(text: string, { error, offset }: ParseError): boolean {
  if (!['PropertyNameExpected', 'ValueExpected'].includes(printParseErrorCode(error))) return false
  return /[}\]]/.test(text[offset] ?? '') && text.slice(0, offset).trimEnd().endsWith(',')
}

/** What is JSON, yet not read alike everywhere. Walks the tree with a list of its own instead of recursing. */
function readingFaults(text: string, root: Node): TextFault[] {
  const position = createLineIndex(text)
  const faults: TextFault[] = []
  const open: Node[] = [root]
  for (let node = open.pop(); node; node = open.pop()) {
    const found =
      node.type === 'object'
        ? keyFaults(node, (offset) => position(offset).line)
        : node.type === 'number'
          ? numberFaults(text, node)
          : []
    // One by one: a call takes no more arguments than the stack has room for, and a list may hold more values than that.
    for (const fault of found) faults.push(fault)
    for (const child of node.children ?? []) open.push(child)
  }
  return faults.sort((a, b) => a.offset - b.offset)
}

function keyFaults(object: Node, lineOf: (offset: number) => number): TextFault[] {
  const seen = new Map<string, Node>()
  const faults: TextFault[] = []
  for (const property of object.children ?? []) {
    const keyNode = property.children?.[0]
    if (!keyNode) continue
    const key = String(keyNode.value)
    const first = seen.get(key)
    if (key === '__proto__')
      faults.push({
        offset: keyNode.offset,
        code: 'manifest.unknown_key',
        params: { key, suggestion: '', allowed: '' },
      })
    else if (first)
      faults.push({
        offset: keyNode.offset,
        code: 'manifest.duplicate_key',
        params: { key, first_line: lineOf(first.offset) },
      })
    else seen.set(key, keyNode)
  }
  return faults
}

/** Whole numbers beyond 2^53 and overflows change silently when read; ids that long belong in quotes. */
function numberFaults(text: string, node: Node): TextFault[] {
  const value = Number(node.value)
  const isExact = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
  if (isExact) return []
  const found = text.slice(node.offset, node.offset + Math.min(node.length, 40))
  return [
    {
      offset: node.offset,
      code: 'manifest.invalid_value',
      params: { key: '', expected: 'number up to 9007199254740991, or text', found, suggestion: '' },
    },
  ]
}

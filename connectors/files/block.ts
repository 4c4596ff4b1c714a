import { isUtf8 } from 'node:buffer'
import type { Reason } from '../../core/connector/outcome.ts'
import type { FileEncoding } from './config.ts'
import { fault } from './row.ts'

/** Where a row starts: bytes of the unpacked file before it, and its line number from 1. */
export interface Position {
  readonly byte: number
  readonly line: number
}

/** Whole lines of a file, decoded. */
export interface Block {
  readonly bytes: Buffer
  readonly text: string
  readonly start: Position
  /** True when no row of it needs a closer look: valid bytes, no NUL. */
  readonly isClean: boolean
}

const newline = 10
const windows1252 = new TextDecoder('windows-1252')

export function decodeBlock(bytes: Buffer, start: Position, encoding: FileEncoding): Block {
  const decoded = decode(bytes, encoding)
  const text = start.byte === 0 && decoded.startsWith('\uFEFF') ? decoded.slice(1) : decoded
  const isClean = (encoding !== 'utf-8' || isUtf8(bytes)) && !text.includes('\0')
  return { bytes, text, start, isClean }
}

function decode(bytes: Buffer, encoding: FileEncoding): string {
  if (encoding === 'utf-8') return bytes.toString('utf8')
  return encoding === 'latin1' ? bytes.toString('latin1') : windows1252.decode(bytes)
}

/** Position of the start of a line of the block; the line after the last one is the block's end. */
export function positionOf(block: Block, line: number): Position {
  let offset = 0
  for (let passed = block.start.line; passed < line; passed += 1) {
    const end = block.bytes.indexOf(newline, offset)
    offset = end < 0 ? block.bytes.length : end + 1
  }
  return { byte: block.start.byte + offset, line }
}

/**
 * What is wrong with the bytes of lines [`line`, `line + count`), if anything. Only for blocks that are not clean: the text alone
 * does not tell, as a valid file may hold U+FFFD itself.
 */
export function screenLines(block: Block, line: number, count: number): Reason | undefined {
  const from = positionOf(block, line).byte - block.start.byte
  const to = positionOf(block, line + count).byte - block.start.byte
  const bytes = block.bytes.subarray(from, to)
  if (bytes.includes(0)) return fault('nul_character', 'The row contains a NUL character.')
  return isUtf8(bytes) ? undefined : fault('invalid_encoding', 'The row contains bytes that are not UTF-8.')
}

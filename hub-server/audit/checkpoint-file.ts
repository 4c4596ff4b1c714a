import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { z } from 'zod'
import type { AuditCheckpoint } from '../../core/audit/checkpoint.ts'
import { AffluentError } from '../../core/errors/affluent-error.ts'

const checkpointSchema = z.strictObject({
  number: z.int().min(0),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** The API tells instants in ISO 8601. */
  at: z.union([z.int(), z.iso.datetime().transform((text) => Date.parse(text))]),
  key: z.base64(),
  signature: z.base64(),
})

/** A line of a place that checkpoints go to, an answer of the API, or a line of an export: its entries hold none, its end does. */
const lineSchema = z.union([
  checkpointSchema.transform((checkpoint) => [checkpoint]),
  z.strictObject({ checkpoint: checkpointSchema }).transform(({ checkpoint }) => [checkpoint]),
  z.object({ number: z.int().min(1), previousHash: z.string(), hash: z.string() }).transform(() => []),
])

/** Appends a checkpoint as one line of JSON, flushed. Throws the file system's error. */
export function appendCheckpoint(file: string, checkpoint: AuditCheckpoint): void {
  const descriptor = openSync(file, 'a', 0o600)
  try {
    writeSync(descriptor, `${JSON.stringify(checkpoint)}\n`)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/**
 * The checkpoints of a file, in the order they were written: of the place that the hub writes them to, of answers of `GET /v1/audit/checkpoint`, or of an
 * `audit export`. Throws `audit.checkpoints_unreadable` with the line that is none.
 */
export function readCheckpoints(file: string): AuditCheckpoint[] {
  const lines = readText(file).split('\n')
  return lines.flatMap((line, index) => (line.trim() === '' ? [] : readLine(file, line, index + 1)))
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new AffluentError(
      'audit.checkpoints_unreadable',
      { act: 'reading the checkpoints', file },
      { cause: error },
    )
  }
}

function readLine(file: string, line: string, number: number): readonly AuditCheckpoint[] {
  try {
    return lineSchema.parse(JSON.parse(line))
  } catch (error) {
    const params = { act: 'reading the checkpoints', file, line: number }
    throw new AffluentError('audit.checkpoints_unreadable', params, { cause: error })
  }
}

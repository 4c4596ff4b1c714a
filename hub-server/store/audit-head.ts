import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import type { ChainHead } from '../../core/audit/chain.ts'
import { toStoreError } from './to-store-error.ts'
import { writeDurably } from './write-durably.ts'

const headSchema = z.strictObject({
  number: z.int().min(0),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
})

/**
 * The second place in which the end of the audit chain is kept: a small file beside the control store, written after each
 * append. A store whose chain is shorter than its head file says lost entries: its tail was cut, or an older copy was put back.
 * Somebody who can rewrite both files can still hide that; only a copy of the head kept elsewhere shows it.
 */
export interface AuditHeadFile {
  readonly path: string
  /** Undefined when the file is missing or cannot be understood. */
  read(): ChainHead | undefined
  write(head: ChainHead): void
}

/** The head file that belongs to a control store. */
export function createAuditHeadFile(controlStorePath: string): AuditHeadFile {
  const path = join(dirname(controlStorePath), 'audit-head.json')
  let written = 0
  return {
    path,
    read: () => readHead(path),
    write(head) {
      // Of two commits at once the later head may come first; the file never moves back.
      if (head.number < written) return
      written = head.number
      try {
        writeDurably(path, `${JSON.stringify(head)}\n`)
      } catch (error) {
        throw toStoreError(error, 'writing the head of the audit log', path)
      }
    },
  }
}

function readHead(path: string): ChainHead | undefined {
  try {
    const parsed = headSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')))
    return parsed.success ? parsed.data : undefined
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (isAbsent || error instanceof SyntaxError) return undefined
    throw toStoreError(error, 'reading the head of the audit log', path)
  }
}

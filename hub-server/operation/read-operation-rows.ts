import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'

/** What the stores hold that waits, or that nobody looks at by itself. */
export interface OperationRows {
  /** Batches whose answer is not known, of runs that are not under way. */
  readonly ambiguousBatches: number
  readonly inboxWaiting: number
  /** Epoch milliseconds, like all instants here. */
  readonly inboxOldestAt: number | undefined
  readonly spoolBytes: number
  readonly spoolOldestAt: number | undefined
  readonly lastBackupAt: number | undefined
  readonly auditEntries: number
}

const nothing: OperationRows = {
  ambiguousBatches: 0,
  inboxWaiting: 0,
  inboxOldestAt: undefined,
  spoolBytes: 0,
  spoolOldestAt: undefined,
  lastBackupAt: undefined,
  auditEntries: 0,
}

const controlSql = `SELECT
  (SELECT count(*) FROM batch b JOIN run r ON r.id = b.run_id WHERE b.state = 'ambiguous' AND r.state <> 'running') AS ambiguous,
  (SELECT count(*) FROM inbox WHERE state = 'waiting') AS waiting,
  (SELECT min(received_at) FROM inbox WHERE state = 'waiting') AS oldest,
  (SELECT max(at) FROM audit_entry WHERE action = 'backup_made') AS backup,
  (SELECT count(*) FROM audit_entry) AS entries`
const controlRow = z.object({
  ambiguous: z.int(),
  waiting: z.int(),
  oldest: z.int().nullable(),
  backup: z.int().nullable(),
  entries: z.int(),
})

const spoolSql = `SELECT coalesce(sum(length(body)), 0) AS bytes, min(received_at) AS oldest
  FROM call WHERE number > (SELECT drained FROM position)`
const spoolRow = z.object({ bytes: z.int(), oldest: z.int().nullable() })

/**
 * Reads them beside whoever works with the stores, on connections that cannot write. A store that is not there, or not one of ours, has nothing: other
 * checks tell so.
 */
export function readOperationRows(paths: {
  readonly control: string
  readonly events: string
}): OperationRows {
  const control = readRow(paths.control, controlSql, controlRow)
  const spool = readRow(paths.events, spoolSql, spoolRow)
  return {
    ...nothing,
    ...(control && {
      ambiguousBatches: control.ambiguous,
      inboxWaiting: control.waiting,
      inboxOldestAt: control.oldest ?? undefined,
      lastBackupAt: control.backup ?? undefined,
      auditEntries: control.entries,
    }),
    ...(spool && { spoolBytes: spool.bytes, spoolOldestAt: spool.oldest ?? undefined }),
  }
}

function readRow<Row>(path: string, sql: string, shape: z.ZodType<Row>): Row | undefined {
  if (!existsSync(path)) return undefined
  try {
    const database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 })
    try {
      return shape.parse(database.prepare(sql).get())
    } finally {
      database.close()
    }
  } catch {
    return undefined
  }
}

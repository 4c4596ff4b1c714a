import type { Kysely } from 'kysely'
import { z } from 'zod'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import { errorCodes, type ErrorCode } from '../../core/errors/error-codes.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import { noCounters, type Run } from '../../core/sync/run.ts'
import type { ControlTables, RunRow } from './control-tables.ts'

/** Counters stored before a counter existed read as zero. */
const countersSchema = z.record(z.string(), z.number()).transform((stored) => ({ ...noCounters, ...stored }))

const errorSchema = z.object({
  code: z.custom<ErrorCode>((value) => typeof value === 'string' && Object.hasOwn(errorCodes, value)),
  params: z.record(z.string(), z.union([z.string(), z.number()])),
})

export function toRunRow(run: Run): RunRow {
  return {
    id: run.id,
    sync: run.sync,
    kind: run.kind,
    state: run.state,
    started_at: run.startedAt,
    finished_at: run.finishedAt,
    as_of: run.asOf,
    counters: JSON.stringify(run.counters),
    plan_digest: run.planDigest,
    approved_by: run.approvedBy,
    error: run.error && JSON.stringify(run.error),
    started_by: run.startedBy,
  }
}

function fromRunRow(row: RunRow): Run {
  return {
    id: row.id,
    sync: row.sync,
    kind: row.kind,
    state: row.state,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    asOf: row.as_of,
    counters: countersSchema.parse(JSON.parse(row.counters)),
    planDigest: row.plan_digest,
    approvedBy: row.approved_by,
    error: row.error === null ? null : errorSchema.parse(JSON.parse(row.error)),
    startedBy: row.started_by,
  }
}

export async function readRun(database: Kysely<ControlTables>, id: string): Promise<Run | undefined> {
  const row = await database.selectFrom('run').selectAll().where('id', '=', id).executeTakeFirst()
  return row && fromRunRow(row)
}

/** Changes the given fields in one transaction; a run that does not exist is an error of the caller. */
export async function changeRun(
  database: Kysely<ControlTables>,
  id: string,
  change: Parameters<ControlStore['updateRun']>[1],
): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    const run = await readRun(transaction, id)
    if (!run)
      throw new AffluentError('internal.unexpected', { act: 'updating a run that is not in the store' })
    const { id: _id, sync: _sync, kind: _kind, ...row } = toRunRow({ ...run, ...change })
    await transaction.updateTable('run').set(row).where('id', '=', id).execute()
  })
}

/** Newest first; `before` is the id of the run after which the page starts. An unknown `before` gives nothing. */
export async function readRuns(
  database: Kysely<ControlTables>,
  filter: NonNullable<Parameters<ControlStore['runs']>[0]>,
): Promise<Run[]> {
  let query = database.selectFrom('run').selectAll().orderBy('started_at', 'desc').orderBy('id', 'desc')
  if (filter.sync !== undefined) query = query.where('sync', '=', filter.sync)
  if (filter.state !== undefined) query = query.where('state', '=', filter.state)
  if (filter.limit !== undefined) query = query.limit(filter.limit)
  if (filter.before !== undefined) {
    const last = await readRun(database, filter.before)
    if (!last) return []
    query = query.where((where) =>
      where(where.refTuple('started_at', 'id'), '<', where.tuple(last.startedAt, last.id)),
    )
  }
  const rows = await query.execute()
  return rows.map(fromRunRow)
}

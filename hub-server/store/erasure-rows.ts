import type { DatabaseSync } from 'node:sqlite'
import { sql, type Kysely, type Selectable } from 'kysely'
import { z } from 'zod'
import type { Erasure, ErasureTarget } from '../../core/person-request/erasure.ts'
import type { ErasureBook } from '../../core/port/erasure-book.ts'
import type { ControlTables, ErasureRow, ErasureTargetRow } from './control-tables.ts'
import { signalSchema } from './inbox-rows.ts'

const countsSchema = z.record(z.string(), z.number())

/** Requests to erase somebody, in SQLite. */
export function createErasureBook(kysely: Kysely<ControlTables>, database: DatabaseSync): ErasureBook {
  return {
    ...writing(kysely),
    ...reading(kysely),
    async forgetObjects(objects) {
      await sql`
        UPDATE inbox SET content = json_object('id', '', 'kind', kind, 'occurredAt', content ->> 'occurredAt'),
          state = CASE WHEN state = 'waiting' THEN 'handled'
            WHEN state = 'erase_wanted' AND NOT EXISTS (SELECT 1 FROM erasure e WHERE e.signal = inbox.number) THEN 'handled'
            ELSE state END,
          settled_at = coalesce(settled_at, received_at)
        WHERE EXISTS (
          SELECT 1 FROM json_each(${JSON.stringify(objects)}) o
          WHERE o.value ->> 'connection' = inbox.connection AND o.value ->> 'externalId' = inbox.content ->> 'externalId')
      `.execute(kysely)
    },
    async compact() {
      await sql`VACUUM`.execute(kysely)
      // In write-ahead mode the rewritten pages go through the log; cutting it to nothing takes the old ones with it. It waits for who reads.
      database.exec('PRAGMA busy_timeout = 5000')
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      database.exec('PRAGMA busy_timeout = 0')
    },
  }
}

type Part<Name extends keyof ErasureBook> = Pick<ErasureBook, Name>

function writing(
  kysely: Kysely<ControlTables>,
): Part<'openErasure' | 'noteErasedHere' | 'writeErasureTarget' | 'finishErasure'> {
  return {
    openErasure: (erasure) =>
      kysely.transaction().execute(async (transaction) => {
        await transaction.insertInto('erasure').values(toRow(erasure)).execute()
        for (const target of erasure.targets)
          await transaction.insertInto('erasure_target').values(toTargetRow(erasure.id, target)).execute()
      }),
    async noteErasedHere(id, counts, at) {
      await kysely
        .updateTable('erasure')
        .set({ state: 'erased_here', erased_here_at: at, profile_id: null, counts: JSON.stringify(counts) })
        .where('id', '=', id)
        .execute()
    },
    async writeErasureTarget(id, target) {
      const { erasure: _erasure, connection, ...change } = toTargetRow(id, target)
      await kysely
        .updateTable('erasure_target')
        .set(change)
        .where('erasure', '=', id)
        .where('connection', '=', connection)
        .execute()
    },
    finishErasure: (id, at) =>
      kysely.transaction().execute(async (transaction) => {
        await transaction
          .updateTable('erasure')
          .set({ state: 'done', finished_at: at })
          .where('id', '=', id)
          .execute()
        await transaction
          .updateTable('erasure_target')
          .set({ sealed: null })
          .where('erasure', '=', id)
          .execute()
        await sql`
          UPDATE inbox SET state = 'handled', settled_at = ${at},
            content = json_object('id', '', 'kind', kind, 'occurredAt', content ->> 'occurredAt')
          WHERE number = (SELECT signal FROM erasure WHERE id = ${id})
        `.execute(transaction)
      }),
  }
}

function reading(kysely: Kysely<ControlTables>): Part<'erasure' | 'erasures' | 'wantedErasures'> {
  const withTargets = async (rows: readonly Selectable<ErasureRow>[]): Promise<Erasure[]> => {
    const targets = await kysely
      .selectFrom('erasure_target')
      .selectAll()
      .where(
        'erasure',
        'in',
        rows.map(({ id }) => id),
      )
      .orderBy('connection')
      .execute()
    return rows.map((row) =>
      toErasure(
        row,
        targets.filter(({ erasure }) => erasure === row.id),
      ),
    )
  }
  return {
    async erasure(id) {
      const row = await kysely.selectFrom('erasure').selectAll().where('id', '=', id).executeTakeFirst()
      return row && (await withTargets([row]))[0]
    },
    async erasures({ open = false, limit = 1000, after } = {}) {
      let query = kysely.selectFrom('erasure').selectAll()
      if (open) query = query.where('state', '<>', 'done')
      if (after)
        query = query.where((where) =>
          where.or([
            where('requested_at', '<', after.requestedAt),
            where.and([where('requested_at', '=', after.requestedAt), where('id', '>', after.id)]),
          ]),
        )
      return withTargets(await query.orderBy('requested_at', 'desc').orderBy('id').limit(limit).execute())
    },
    wantedErasures: (limit) => readWanted(kysely, limit),
  }
}

/** Leaves out those that a request was opened for. */
async function readWanted(
  kysely: Kysely<ControlTables>,
  limit: number,
): ReturnType<ErasureBook['wantedErasures']> {
  const rows = await kysely
    .selectFrom('inbox')
    .select(['number', 'connection', 'content', 'received_at'])
    .where('state', '=', 'erase_wanted')
    .where((where) =>
      where.not(
        where.exists(
          where.selectFrom('erasure').select('id').whereRef('erasure.signal', '=', 'inbox.number'),
        ),
      ),
    )
    .orderBy('number')
    .limit(limit)
    .execute()
  return rows.map(({ number, connection, content, received_at: receivedAt }) => ({
    number,
    connection,
    receivedAt,
    signal: signalSchema.parse(JSON.parse(content)),
  }))
}

const toRow = (erasure: Erasure): ErasureRow => ({
  id: erasure.id,
  state: erasure.state,
  actor: erasure.actor,
  requested_at: erasure.requestedAt,
  erased_here_at: erasure.erasedHereAt,
  finished_at: erasure.finishedAt,
  profile_id: erasure.profileId,
  signal: erasure.signal,
  counts: JSON.stringify(erasure.counts),
})

const toTargetRow = (id: string, target: ErasureTarget): ErasureTargetRow => ({
  erasure: id,
  connection: target.connection,
  status: target.status,
  sealed: target.sealed,
  attempts: target.attempts,
  next_at: target.nextAt,
  again: target.again,
  code: target.code,
  message: target.message,
  told_at: target.toldAt,
})

const toErasure = (row: ErasureRow, targets: readonly ErasureTargetRow[]): Erasure => ({
  id: row.id,
  state: row.state,
  actor: row.actor,
  requestedAt: row.requested_at,
  erasedHereAt: row.erased_here_at,
  finishedAt: row.finished_at,
  profileId: row.profile_id,
  signal: row.signal,
  counts: countsSchema.parse(JSON.parse(row.counts)),
  targets: targets.map((target) => ({
    connection: target.connection,
    status: target.status,
    sealed: target.sealed,
    attempts: target.attempts,
    nextAt: target.next_at,
    again: target.again,
    code: target.code,
    message: target.message,
    toldAt: target.told_at,
  })),
})

import type { Kysely, Selectable } from 'kysely'
import { z } from 'zod'
import { errorCodes, type ErrorCode } from '../../core/errors/error-codes.ts'
import type { OperationRecord, RequestStore } from '../../core/port/request-store.ts'
import type { ControlTables, OperationRow } from './control-tables.ts'

const errorSchema = z.object({
  code: z.custom<ErrorCode>((value) => typeof value === 'string' && Object.hasOwn(errorCodes, value)),
  params: z.record(z.string(), z.union([z.string(), z.number()])),
})

/** What the API remembers of requests, in the control store. */
export function createRequestRows(kysely: Kysely<ControlTables>): RequestStore {
  return {
    ...createKeptRequests(kysely),
    ...createOperationRows(kysely),
    async forgetRequests(before) {
      await kysely.deleteFrom('kept_request').where('claimed_at', '<', before).execute()
      await kysely.deleteFrom('operation').where('finished_at', '<', before).execute()
    },
  }
}

function createKeptRequests(
  kysely: Kysely<ControlTables>,
): Pick<RequestStore, 'claimRequest' | 'keepAnswer' | 'releaseRequest'> {
  return {
    async claimRequest(name, digest, at) {
      const { numInsertedOrUpdatedRows } = await kysely
        .insertInto('kept_request')
        .values({ name, digest, sealed_answer: null, claimed_at: at })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst()
      if (numInsertedOrUpdatedRows === 1n) return undefined
      const row = await kysely
        .selectFrom('kept_request')
        .select(['digest', 'sealed_answer'])
        .where('name', '=', name)
        .executeTakeFirst()
      return row && { digest: row.digest, sealedAnswer: row.sealed_answer }
    },
    async keepAnswer(name, sealedAnswer) {
      await kysely
        .updateTable('kept_request')
        .set({ sealed_answer: sealedAnswer })
        .where('name', '=', name)
        .execute()
    },
    async releaseRequest(name) {
      await kysely.deleteFrom('kept_request').where('name', '=', name).execute()
    },
  }
}

function createOperationRows(
  kysely: Kysely<ControlTables>,
): Pick<RequestStore, 'createOperation' | 'endOperation' | 'operation' | 'operations' | 'endLostOperations'> {
  return {
    async createOperation({ id, route, actor, state, startedAt }) {
      const row = { id, route, actor, state, started_at: startedAt }
      const open = { finished_at: null, sealed_result: null, error: null }
      await kysely
        .insertInto('operation')
        .values({ ...row, ...open })
        .execute()
    },
    async endOperation(id, { state, finishedAt, sealedResult, error }) {
      const end = { state, finished_at: finishedAt, sealed_result: sealedResult }
      await kysely
        .updateTable('operation')
        .set({ ...end, error: error && JSON.stringify(error) })
        .where('id', '=', id)
        .execute()
    },
    async operation(id) {
      const row = await kysely.selectFrom('operation').selectAll().where('id', '=', id).executeTakeFirst()
      return row && toOperation(row)
    },
    async operations({ limit, before }) {
      const all = kysely.selectFrom('operation').selectAll()
      const wanted =
        before === undefined
          ? all
          : all.where('number', '<', (from) =>
              from.selectFrom('operation').select('number').where('id', '=', before),
            )
      return (await wanted.orderBy('number', 'desc').limit(limit).execute()).map(toOperation)
    },
    async endLostOperations(at) {
      const error = JSON.stringify({ code: 'api.operation_lost', params: {} })
      await kysely
        .updateTable('operation')
        .set({ state: 'failed', finished_at: at, error })
        .where('state', '=', 'running')
        .execute()
      await kysely.deleteFrom('kept_request').where('sealed_answer', 'is', null).execute()
    },
  }
}

function toOperation(row: Selectable<OperationRow>): OperationRecord {
  return {
    id: row.id,
    route: row.route,
    actor: row.actor,
    state: row.state,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    sealedResult: row.sealed_result,
    error: row.error === null ? null : errorSchema.parse(JSON.parse(row.error)),
  }
}

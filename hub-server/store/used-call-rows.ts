import type { Kysely } from 'kysely'
import type { UsedCalls } from '../../core/port/used-calls.ts'
import type { ControlTables } from './control-tables.ts'

/** The used calls of the control store. */
export function createUsedCalls(kysely: Kysely<ControlTables>): UsedCalls {
  return {
    async useOnce({ connection, digest, staleAt }, now) {
      await kysely.deleteFrom('used_call').where('stale_at', '<', now).execute()
      const { numInsertedOrUpdatedRows } = await kysely
        .insertInto('used_call')
        .values({ connection, digest, stale_at: staleAt })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst()
      return numInsertedOrUpdatedRows === 1n
    },
  }
}

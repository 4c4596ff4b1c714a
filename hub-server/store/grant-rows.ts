import type { Kysely } from 'kysely'
import type { Clock } from '../../core/port/clock.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import type { ControlTables } from './control-tables.ts'

/** Sealed grants and the lease to renew them. Each is one statement, so two processes can never both win. */
export function createGrants(
  kysely: Kysely<ControlTables>,
  clock: Clock,
): Pick<ControlStore, 'grant' | 'writeGrant' | 'leaseGrant' | 'releaseGrant'> {
  return {
    async grant(connection) {
      const row = await kysely
        .selectFrom('platform_grant')
        .select(['sealed', 'revision'])
        .where('connection', '=', connection)
        .executeTakeFirst()
      return row && row.sealed !== null ? { sealed: row.sealed, revision: row.revision } : undefined
    },
    async writeGrant(connection, sealed, over) {
      const { numUpdatedRows } = await kysely
        .updateTable('platform_grant')
        .set({ sealed, revision: over + 1, written_at: clock.now() })
        .where('connection', '=', connection)
        .where('revision', '=', over)
        .executeTakeFirst()
      return numUpdatedRows === 1n
    },
    leaseGrant: (connection, holder, until) => takeLease(kysely, clock.now(), { connection, holder, until }),
    async releaseGrant(connection, holder) {
      await kysely
        .updateTable('platform_grant')
        .set({ lease_holder: null, lease_until: 0 })
        .where('connection', '=', connection)
        .where('lease_holder', '=', holder)
        .execute()
    },
  }
}

interface Lease {
  readonly connection: string
  readonly holder: string
  readonly until: number
}

async function takeLease(
  kysely: Kysely<ControlTables>,
  now: number,
  { connection, holder, until }: Lease,
): Promise<boolean> {
  const lease = { lease_holder: holder, lease_until: until }
  const { numInsertedOrUpdatedRows } = await kysely
    .insertInto('platform_grant')
    .values({ connection, sealed: null, revision: 0, written_at: now, ...lease })
    .onConflict((conflict) =>
      conflict
        .column('connection')
        .doUpdateSet(lease)
        .where((is) =>
          is.or([
            is('platform_grant.lease_holder', 'is', null),
            is('platform_grant.lease_until', '<=', now),
            is('platform_grant.lease_holder', '=', holder),
          ]),
        ),
    )
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

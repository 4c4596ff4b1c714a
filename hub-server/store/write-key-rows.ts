import type { Kysely } from 'kysely'
import type { WriteKeys } from '../../core/port/write-keys.ts'
import type { ControlTables } from './control-tables.ts'

/** Digits of the digest that name a key. */
const idDigits = 12

/** The write keys of the control store. */
export function createWriteKeys(kysely: Kysely<ControlTables>): WriteKeys {
  return {
    async addWriteKey(digest, { source, createdAt, createdBy }) {
      const id = digest.slice(0, idDigits)
      await kysely
        .insertInto('write_key')
        .values({ digest, id, source, created_at: createdAt, created_by: createdBy, revoked_at: null })
        .execute()
      return { id, source, createdAt, createdBy, revokedAt: null }
    },
    async writeKeys() {
      const rows = await kysely
        .selectFrom('write_key')
        .selectAll()
        .orderBy('created_at')
        .orderBy('id')
        .execute()
      return rows.map((row) => ({
        id: row.id,
        source: row.source,
        createdAt: row.created_at,
        createdBy: row.created_by,
        revokedAt: row.revoked_at,
      }))
    },
    async writeKeySources(at) {
      const rows = await kysely
        .selectFrom('write_key')
        .select(['digest', 'source'])
        .where((row) => row.or([row('revoked_at', 'is', null), row('revoked_at', '>', at)]))
        .execute()
      return new Map(rows.map(({ digest, source }) => [digest, source]))
    },
    async revokeWriteKey(id, at) {
      const { numUpdatedRows } = await kysely
        .updateTable('write_key')
        .set({ revoked_at: at })
        .where('id', '=', id)
        .where((row) => row.or([row('revoked_at', 'is', null), row('revoked_at', '>', at)]))
        .executeTakeFirst()
      return numUpdatedRows > 0n
    },
  }
}

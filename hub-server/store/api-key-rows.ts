import type { Kysely, Selectable } from 'kysely'
import { z } from 'zod'
import type { ApiKey, ApiKeys } from '../../core/port/api-keys.ts'
import type { Commit } from './access-rows.ts'
import { appendEntry } from './audit-rows.ts'
import type { ApiKeyRow, ControlTables } from './control-tables.ts'

const scopesSchema = z.array(z.string())

/** The API keys of the control store. */
export function createApiKeyRows(kysely: Kysely<ControlTables>, commit: Commit): ApiKeys {
  const find = kysely.selectFrom('api_key').selectAll()
  return {
    apiKeys: async () => (await find.orderBy('created_at').orderBy('id').execute()).map(toApiKey),
    async apiKey(digest) {
      const row = await find.where('digest', '=', digest).executeTakeFirst()
      return row && toApiKey(row)
    },
    addApiKey: (digest, key, fact) =>
      commit(async (transaction) => {
        const taken = transaction.selectFrom('api_key').where('name', '=', key.name)
        if (await taken.select('id').executeTakeFirst()) return false
        await transaction.insertInto('api_key').values(toApiKeyRow(digest, key)).execute()
        await appendEntry(transaction, fact)
        return true
      }),
    async touchApiKey(id, usedAt) {
      await kysely.updateTable('api_key').set({ used_at: usedAt }).where('id', '=', id).execute()
    },
    revokeApiKey: (id, at, fact) =>
      commit(async (transaction) => {
        const { numUpdatedRows } = await transaction
          .updateTable('api_key')
          .set({ revoked_at: at })
          .where('id', '=', id)
          .where('revoked_at', 'is', null)
          .executeTakeFirst()
        if (numUpdatedRows === 1n) await appendEntry(transaction, fact)
        return numUpdatedRows === 1n
      }),
  }
}

function toApiKey(row: Selectable<ApiKeyRow>): ApiKey {
  return {
    id: row.id,
    name: row.name,
    scopes: scopesSchema.parse(JSON.parse(row.scopes)),
    createdAt: row.created_at,
    createdBy: row.created_by,
    expiresAt: row.expires_at,
    usedAt: row.used_at,
    revokedAt: row.revoked_at,
  }
}

function toApiKeyRow(digest: string, key: ApiKey): ApiKeyRow {
  return {
    digest,
    id: key.id,
    name: key.name,
    scopes: JSON.stringify(key.scopes),
    created_at: key.createdAt,
    created_by: key.createdBy,
    expires_at: key.expiresAt,
    used_at: key.usedAt,
    revoked_at: key.revokedAt,
  }
}

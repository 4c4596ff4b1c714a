import type { Kysely } from 'kysely'
import { z } from 'zod'
import { accessPlace, erasurePlace } from '../../core/port/sealer.ts'
import type { SealedText, SecretStore, WrappedKey } from '../../core/port/secret-store.ts'
import type { ControlTables } from './control-tables.ts'

const purposeSchema = z.enum(['access', 'erasure', 'digest', 'audit'])

/** Data keys, and every text that is sealed with one, in SQLite. */
export function createSecretRows(kysely: Kysely<ControlTables>): SecretStore {
  return {
    async wrappedKeys() {
      const rows = await kysely
        .selectFrom('data_key')
        .selectAll()
        .orderBy('purpose')
        .orderBy('version')
        .execute()
      return rows.map(toWrappedKey)
    },
    writeWrappedKeys: (keys) =>
      kysely.transaction().execute(async (transaction) => {
        for (const key of keys) await writeKey(transaction, key)
      }),
    async removeWrappedKeys(purpose, below) {
      await kysely
        .deleteFrom('data_key')
        .where('purpose', '=', purpose)
        .where('version', '<', below)
        .execute()
    },
    sealedTexts: async () => [...(await readAccess(kysely)), ...(await readErasures(kysely))],
    replaceSealed: (text, sealed) => replaceSealed(kysely, text, sealed),
  }
}

const toWrappedKey = (row: ControlTables['data_key']): WrappedKey => ({
  purpose: purposeSchema.parse(row.purpose),
  version: row.version,
  wrapped: row.wrapped,
  wrappedBy: row.wrapped_by,
  createdAt: row.created_at,
})

async function writeKey(database: Kysely<ControlTables>, key: WrappedKey): Promise<void> {
  const written = { wrapped: key.wrapped, wrapped_by: key.wrappedBy }
  await database
    .insertInto('data_key')
    .values({ purpose: key.purpose, version: key.version, created_at: key.createdAt, ...written })
    .onConflict((conflict) => conflict.columns(['purpose', 'version']).doUpdateSet(written))
    .execute()
}

async function readAccess(kysely: Kysely<ControlTables>): Promise<SealedText[]> {
  const rows = await kysely
    .selectFrom('platform_grant')
    .select(['connection', 'revision', 'sealed'])
    .execute()
  return rows.flatMap(({ connection, revision, sealed }) =>
    sealed === null ? [] : [{ purpose: 'access' as const, place: accessPlace(connection, revision), sealed }],
  )
}

async function readErasures(kysely: Kysely<ControlTables>): Promise<SealedText[]> {
  const rows = await kysely.selectFrom('erasure_target').select(['erasure', 'connection', 'sealed']).execute()
  return rows.flatMap(({ erasure, connection, sealed }) =>
    sealed === null
      ? []
      : [{ purpose: 'erasure' as const, place: erasurePlace(erasure, connection), sealed }],
  )
}

/** Sealed texts are unlike each other, so the text itself finds its row. */
async function replaceSealed(
  kysely: Kysely<ControlTables>,
  { purpose, sealed: before }: SealedText,
  sealed: string,
): Promise<boolean> {
  const { numUpdatedRows } = await kysely
    .updateTable(purpose === 'access' ? 'platform_grant' : 'erasure_target')
    .set({ sealed })
    .where('sealed', '=', before)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

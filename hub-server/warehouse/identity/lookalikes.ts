import { VARCHAR } from '@duckdb/node-api'
import {
  lookalikeLetters,
  lookalikePairs,
  lookalikeShape,
  toUnicodeDomain,
} from '../../../core/identity/lookalike-skeleton.ts'
import type { Lookalikes } from '../../../core/port/identity-store.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** SQL of what an address looks like; `lookalikeSkeleton` in set form. */
export const skeletonSql = (address: string): string =>
  lookalikePairs.reduce(
    (text, [pair, letter]) => `replace(${text}, ${quoted(pair)}, ${quoted(letter)})`,
    `translate(${address}, ${quoted(lookalikeLetters.from)}, ${quoted(lookalikeLetters.to)})`,
  )

/**
 * E-mail addresses that are different and look the same, with the profiles that hold them; the largest groups first. `like`: only
 * those that look like one of these addresses. Flagged, never merged: nobody can tell whether they are one person.
 */
export async function findLookalikes(
  duckdb: DuckDb,
  schema: ProfileSchema,
  { like, limit }: { readonly like?: readonly string[]; readonly limit: number },
): Promise<Lookalikes[]> {
  const kinds = Object.entries(schema.identifiers).filter(([, { form }]) => form === 'email')
  if (kinds.length === 0 || like?.length === 0) return []
  await prepareAddresses(duckdb, { kinds: kinds.map(([kind]) => kind), like })
  const rows = await duckdb.all<{ address: string; profile_id: bigint; skeleton: string }>(
    `WITH asked AS (SELECT DISTINCT skeleton FROM lookalike_address
        WHERE $1::JSON IS NULL OR address IN (SELECT unnest(from_json($1::JSON, '["VARCHAR"]')))),
      crowd AS (SELECT skeleton, count(DISTINCT address) AS addresses FROM lookalike_address SEMI JOIN asked USING (skeleton)
        GROUP BY skeleton HAVING count(DISTINCT address) > 1 ORDER BY addresses DESC, skeleton LIMIT ${limit})
     SELECT DISTINCT address, profile_id, skeleton, addresses FROM lookalike_address JOIN crowd USING (skeleton)
     ORDER BY addresses DESC, skeleton, address, profile_id`,
    [like ? JSON.stringify(like) : null],
  )
  await duckdb.run(`DROP TABLE temp.lookalike_address`)
  return [...Map.groupBy(rows, ({ skeleton }) => skeleton).values()].map((group) => ({
    addresses: group.map(({ address, profile_id: id }) => ({ address, profileId: `p_${id}` })),
  }))
}

/**
 * Makes `lookalike_address` (address, profile_id, skeleton): of everybody, or of those who may look like one of `like`. Domains in other
 * scripts are few and decoded here.
 */
async function prepareAddresses(
  duckdb: DuckDb,
  { kinds, like }: { readonly kinds: readonly string[]; readonly like: readonly string[] | undefined },
): Promise<void> {
  // Making a skeleton costs a hundred times what it costs to see that a plain address cannot have it.
  const shapes = like?.map((address) => `value LIKE ${quoted(lookalikeShape(address))}`)
  const isOdd = `strlen(value) <> length(value) OR contains(value, 'xn--')`
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE held_address AS SELECT record_id, value AS address FROM every_identifier
     WHERE kind IN (${kinds.map((kind) => `'${kind}'`).join(', ')}) ${shapes ? `AND (${shapes.join(' OR ')} OR ${isOdd})` : ''}`,
  )
  const coded = await duckdb.all<{ address: string }>(
    `SELECT DISTINCT address FROM held_address WHERE contains(address, 'xn--')`,
  )
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE decoded_address (address VARCHAR, decoded VARCHAR)`)
  await duckdb.append('decoded_address', {
    types: [VARCHAR, VARCHAR],
    columns: [coded.map(({ address }) => address), coded.map(({ address }) => toUnicodeDomain(address))],
  })
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE lookalike_address AS
    SELECT address, t.profile_id, ${skeletonSql('coalesce(d.decoded, address)')} AS skeleton
    FROM held_address JOIN record_trait t USING (record_id) LEFT JOIN decoded_address d USING (address) WHERE NOT t.deleted`)
  await duckdb.run(`DROP TABLE temp.decoded_address`)
  await duckdb.run(`DROP TABLE temp.held_address`)
}

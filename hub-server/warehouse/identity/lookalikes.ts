import { VARCHAR } from '@duckdb/node-api'
import {
  lookalikeLetters,
  lookalikePairs,
  toUnicodeDomain,
} from '../../../core/identity/lookalike-skeleton.ts'
import type { Lookalikes } from '../../../core/port/identity-store.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'
import { ofRecords } from '../profile/few-records.ts'

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

const letters = Array.from(lookalikeLetters.from, (from, place) => ({
  from,
  to: Array.from(lookalikeLetters.to)[place] ?? from,
}))
const plainLetters = letters.filter(({ from }) => from < '\u0080')

const translated = (address: string, among: typeof letters): string =>
  `translate(${address}, ${quoted(among.map(({ from }) => from).join(''))}, ${quoted(among.map(({ to }) => to).join(''))})`

/**
 * SQL of what an address looks like; `lookalikeSkeleton` in set form. Addresses in ASCII, nearly all, are looked at for the four ASCII letters
 * that are taken for others: for all hundred, a record would cost ten times as much (4 µs).
 */
export const skeletonSql = (address: string): string =>
  lookalikePairs.reduce(
    (text, [pair, letter]) => `replace(${text}, ${quoted(pair)}, ${quoted(letter)})`,
    `(CASE WHEN strlen(${address}) = length(${address}) THEN ${translated(address, plainLetters)} ELSE ${translated(address, letters)} END)`,
  )

/** SQL that is true of an address in another script than Latin, whose skeleton SQL alone does not make. */
export const isForeignSql = (address: string): string =>
  `(strlen(${address}) <> length(${address}) OR contains(${address}, 'xn--'))`

/** Which addresses are asked about: those of everybody, or those that look like one of `like`, held by one of the records `among`. */
interface Asked {
  readonly like?: readonly string[]
  readonly among?: readonly bigint[]
  readonly limit: number
}

/**
 * E-mail addresses that are different and look the same, with the profiles that hold them; the largest groups first. Flagged, never merged:
 * nobody can tell whether they are one person.
 */
export async function findLookalikes(
  duckdb: DuckDb,
  schema: ProfileSchema,
  { like, among, limit }: Asked,
): Promise<Lookalikes[]> {
  const kinds = Object.entries(schema.identifiers).filter(([, { form }]) => form === 'email')
  if (kinds.length === 0) return []
  const held = among ? ofRecords('every_identifier', among) : 'FROM every_identifier'
  await prepareAddresses(
    duckdb,
    `SELECT record_id, value AS address FROM (${held}) WHERE kind IN (${kinds.map(([kind]) => quoted(kind)).join(', ')})`,
  )
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

/** Makes `lookalike_address` (address, profile_id, skeleton) of what `held` selects. Domains in other scripts are few and decoded here. */
async function prepareAddresses(duckdb: DuckDb, held: string): Promise<void> {
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE held_address AS ${held}`)
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

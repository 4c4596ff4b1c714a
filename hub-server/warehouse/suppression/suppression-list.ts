import type { DuckDBTimestampValue, DuckDBValue } from '@duckdb/node-api'
import { normaliseIdentifier } from '../../../core/profile/normalise-identifier.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import { Refusal } from '../../../core/profile/refusal.ts'
import type { DuckDb } from '../duckdb.ts'
import type { IdentifierDigest } from './digest.ts'

/** One line of the list: nothing in it names anybody. */
interface SuppressedIdentifier {
  readonly digest: string
  /** "email", "phone", or the kind of a platform's id. */
  readonly kind: string
  readonly reason: string
  readonly actor: string
  /** Epoch milliseconds. */
  readonly addedAt: number
}

/** What became of values that were to be added. */
interface SuppressedValues {
  readonly added: number
  /** On the list already. */
  readonly known: number
  /** Places, from 1, of values that are no identifier of the kind. */
  readonly refused: readonly number[]
}

/** The list of identifiers that nothing is ever sent to; kept by keyed digests, beside everything that is derived. */
export interface SuppressionList {
  add(
    values: readonly string[],
    entry: { readonly kind?: string; readonly reason: string; readonly actor: string; readonly at: number },
  ): Promise<SuppressedValues>
  /** Returns how many lines went. */
  remove(value: string, kind?: string): Promise<number>
  /** Oldest first, beginning behind a line that was told; the whole list may have millions. */
  entries(page: {
    readonly limit: number
    readonly after?: Pick<SuppressedIdentifier, 'addedAt' | 'digest'> | undefined
  }): Promise<readonly SuppressedIdentifier[]>
}

interface ListGround {
  readonly duckdb: DuckDb
  readonly schema: ProfileSchema
  readonly digest: IdentifierDigest
}

export function createSuppressionList(ground: ListGround): SuppressionList {
  const { duckdb, schema } = ground
  return {
    add: (values, entry) => duckdb.transaction(() => addValues(ground, values, entry)),
    async remove(value, kind) {
      const identifier = recogniseSuppressed(schema, value, kind)
      if (!identifier) return 0
      const digest = ground.digest.of(identifier.kind, identifier.value)
      return duckdb.run(`DELETE FROM suppression WHERE digest = $1`, [digest])
    },
    async entries({ limit, after = { addedAt: 0, digest: '' } }) {
      const rows = await duckdb.all<EntryColumns>(
        `SELECT digest, kind, reason, actor, added_at FROM suppression
         WHERE (added_at, digest) > (epoch_ms($1::BIGINT), $2) ORDER BY added_at, digest LIMIT $3`,
        [BigInt(after.addedAt), after.digest, limit],
      )
      return rows.map(({ added_at: addedAt, ...row }) => ({
        ...row,
        addedAt: Number(addedAt.micros / 1000n),
      }))
    },
  }
}

interface EntryColumns {
  readonly digest: string
  readonly kind: string
  readonly reason: string
  readonly actor: string
  readonly added_at: DuckDBTimestampValue
}

/** Values that are handed to the warehouse at once: some megabytes. */
const chunkSize = 100_000

/** Digests are made in the warehouse, in sets: a list may have millions of lines. */
async function addValues(
  ground: ListGround,
  values: readonly string[],
  entry: Parameters<SuppressionList['add']>[1],
): Promise<SuppressedValues> {
  const refused: number[] = []
  let added = 0
  for (let from = 0; from < values.length; from += chunkSize) {
    const identifiers: Identifier[] = []
    for (const [index, value] of values.slice(from, from + chunkSize).entries()) {
      const identifier = recogniseSuppressed(ground.schema, value, entry.kind)
      if (identifier) identifiers.push(identifier)
      else refused.push(from + index + 1)
    }
    added += await addIdentifiers(ground, identifiers, entry)
  }
  return { added, known: values.length - refused.length - added, refused }
}

async function addIdentifiers(
  { duckdb, digest }: ListGround,
  identifiers: readonly Identifier[],
  { reason, actor, at }: Parameters<SuppressionList['add']>[1],
): Promise<number> {
  const params: DuckDBValue[] = [JSON.stringify(identifiers), reason, actor, BigInt(at)]
  const bind = (value: DuckDBValue): string => `$${params.push(value)}`
  const [exact, bucket] = [digest.sql('kind', 'value', bind), digest.bucketSql('kind', 'value', bind)]
  return duckdb.run(
    `INSERT INTO suppression BY NAME
     SELECT *, $2 AS reason, $3 AS actor, epoch_ms($4::BIGINT) AS added_at
     FROM (SELECT DISTINCT ${exact} AS digest, ${bucket} AS bucket, kind
       FROM (SELECT unnest(from_json($1::JSON, '[{"kind":"VARCHAR","value":"VARCHAR"}]'), recursive := true)))
     ANTI JOIN suppression USING (digest)`,
    params,
  )
}

interface Identifier {
  readonly kind: string
  readonly value: string
}

/**
 * The identifier that a person typed, under the kind that the list keeps it by. Without a kind, an e-mail address or a phone number is
 * recognised by its form; ids of platforms need their kind.
 */
function recogniseSuppressed(schema: ProfileSchema, text: string, kind?: string): Identifier | undefined {
  const form = kind === undefined ? undefined : (schema.identifiers[kind]?.form ?? toForm(kind))
  if (kind !== undefined && form === undefined) return undefined
  const forms = form === undefined ? (['email', 'phone'] as const) : [form]
  for (const tried of forms) {
    const value = normaliseIdentifier(text, tried, schema.default_country)
    if (!(value instanceof Refusal))
      return { kind: tried === 'exact' && kind !== undefined ? kind : tried, value }
  }
  return undefined
}

/** The kinds that a line of the list may have: what people type everywhere, and the identifiers of the schema. */
export const suppressedKinds = (schema: ProfileSchema): readonly string[] => [
  ...new Set(['email', 'phone', ...Object.keys(schema.identifiers)]),
]

const toForm = (kind: string): 'email' | 'phone' | undefined =>
  kind === 'email' || kind === 'phone' ? kind : undefined

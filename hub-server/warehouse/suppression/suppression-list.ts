import type { DuckDBTimestampValue } from '@duckdb/node-api'
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
  entries(): Promise<readonly SuppressedIdentifier[]>
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
    async entries() {
      const rows = await duckdb.all<EntryColumns>(
        `SELECT digest, kind, reason, actor, added_at FROM suppression ORDER BY added_at, digest`,
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

async function addValues(
  { duckdb, schema, digest }: ListGround,
  values: readonly string[],
  { kind, reason, actor, at }: Parameters<SuppressionList['add']>[1],
): Promise<SuppressedValues> {
  const rows = new Map<string, { digest: string; bucket: number; kind: string }>()
  const refused: number[] = []
  let repeated = 0
  for (const [index, value] of values.entries()) {
    const identifier = recogniseSuppressed(schema, value, kind)
    if (!identifier) {
      refused.push(index + 1)
      continue
    }
    const of = digest.of(identifier.kind, identifier.value)
    if (rows.has(of)) repeated += 1
    const bucket = digest.bucketOf(identifier.kind, identifier.value)
    rows.set(of, { digest: of, bucket, kind: identifier.kind })
  }
  const added = await duckdb.run(
    `INSERT INTO suppression BY NAME
    SELECT row.*, $2 AS reason, $3 AS actor, epoch_ms($4::BIGINT) AS added_at
    FROM (SELECT unnest(from_json($1::JSON, '[{"digest":"VARCHAR","bucket":"INTEGER","kind":"VARCHAR"}]')) AS row)
    WHERE row.digest NOT IN (SELECT digest FROM suppression)`,
    [JSON.stringify([...rows.values()]), reason, actor, BigInt(at)],
  )
  return { added, known: rows.size - added + repeated, refused }
}

/**
 * The identifier that a person typed, under the kind that the list keeps it by. Without a kind, an e-mail address or a phone number is
 * recognised by its form; ids of platforms need their kind.
 */
function recogniseSuppressed(
  schema: ProfileSchema,
  text: string,
  kind?: string,
): { readonly kind: string; readonly value: string } | undefined {
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

const toForm = (kind: string): 'email' | 'phone' | undefined =>
  kind === 'email' || kind === 'phone' ? kind : undefined

import { createHash } from 'node:crypto'
import { PlatformError, toAffluentError, type AffluentError } from '../../core/errors/affluent-error.ts'
import type { EnrichmentManifest } from '../../core/manifest/manifest.ts'
import type { EnrichmentReport, EnrichmentStore } from '../../core/port/enrichment-store.ts'
import type { ExternalTable } from '../../core/port/external-table.ts'
import type { ProfileSchema } from '../../core/profile/profile-schema.ts'
import { instantBefore, parseDuration } from '../../core/segment/duration.ts'
import type { DuckDb } from './duckdb.ts'
import { readCoverage } from './enrichment/coverage.ts'
import {
  dropEnrichment,
  readEnrichmentRows,
  writeEnrichmentRow,
  type EnrichmentRow,
} from './enrichment/enrichment-rows.ts'
import { describeContent, enrichmentTable, loadEnrichment } from './enrichment/load-enrichment.ts'
import type { IdentifierDigest } from './suppression/digest.ts'

export interface EnrichmentStoreOptions {
  readonly duckdb: DuckDb
  readonly schema: ProfileSchema
  /** Opens the file of an enrichment, below the workspace and nowhere else. */
  readonly openTable: (manifest: EnrichmentManifest) => Promise<ExternalTable>
  /** Recognises people who were erased, so that a table keyed by an identifier does not bring them back. */
  readonly digest?: IdentifierDigest
}

type RefreshOptions = Parameters<EnrichmentStore['refresh']>[1]

/** External tables in the DuckDB warehouse: one table each, and a row that tells where it comes from. */
export function createEnrichmentStore(options: EnrichmentStoreOptions): EnrichmentStore {
  const { duckdb } = options
  return {
    async refresh(manifests, request) {
      const known = new Map((await readEnrichmentRows(duckdb)).map((row) => [row.name, row]))
      const wanted = new Set(manifests.map(({ name }) => name))
      for (const row of known.values())
        if (!wanted.has(row.name)) await duckdb.transaction(() => dropEnrichment(duckdb, row))
      const done = { read: 0, unchanged: 0 }
      const failed: EnrichmentReport['failed'][number][] = []
      for (const manifest of manifests) {
        const outcome = await refreshOne(options, manifest, { ...request, known: known.get(manifest.name) })
        if (typeof outcome === 'string') done[outcome] += 1
        else failed.push(outcome)
      }
      return { ...done, failed }
    },
    coverage: () => readCoverage(duckdb),
  }
}

type Outcome = 'read' | 'unchanged' | EnrichmentReport['failed'][number]

async function refreshOne(
  { duckdb, schema, openTable, digest: names }: EnrichmentStoreOptions,
  manifest: EnrichmentManifest,
  { known, now, signal }: RefreshOptions & { readonly known: EnrichmentRow | undefined },
): Promise<Outcome> {
  const digest = digestOf(manifest, schema)
  const attempt = { digest, fingerprint: '' }
  try {
    const table = await openTable(manifest)
    try {
      attempt.fingerprint = table.fingerprint
      if (known && isCurrent(known, attempt, manifest, now)) return outcomeOf(known)
      await duckdb.transaction(async () => {
        const content = await loadEnrichment(duckdb, manifest, table, { schema, signal, digest: names })
        const row = { name: manifest.name, table: enrichmentTable(manifest.name), readAt: now, failure: null }
        await writeEnrichmentRow(duckdb, { ...row, ...attempt, ...content })
      })
      return 'read'
    } finally {
      await table.close()
    }
  } catch (thrown) {
    if (signal.aborted) throw thrown
    const failure = toFailure(thrown, manifest)
    const before = known ?? { ...describeContent(manifest, schema), table: null, readAt: null }
    await duckdb.transaction(() =>
      writeEnrichmentRow(duckdb, { ...before, name: manifest.name, ...attempt, failure }),
    )
    return { enrichment: manifest.name, ...failure }
  }
}

/** The same bytes under the same manifest give the same rows, or the same fault. */
function isCurrent(
  known: EnrichmentRow,
  attempt: Pick<EnrichmentRow, 'digest' | 'fingerprint'>,
  { every }: EnrichmentManifest,
  now: number,
): boolean {
  if (known.digest !== attempt.digest || known.fingerprint !== attempt.fingerprint) return false
  const duration = every === undefined ? undefined : parseDuration(every)
  if (!duration || known.readAt === null) return true
  return BigInt(known.readAt) * 1000n > instantBefore(BigInt(now) * 1000n, duration)
}

function outcomeOf({ name, failure }: EnrichmentRow): Outcome {
  return failure === null ? 'unchanged' : { enrichment: name, ...failure }
}

function toFailure(
  thrown: unknown,
  { name, file }: EnrichmentManifest,
): Pick<AffluentError, 'code' | 'params'> {
  const error = toAffluentError(thrown, 'reading an enrichment')
  if (!(error instanceof PlatformError)) return { code: error.code, params: error.params }
  const said = String(error.params['said'] ?? file)
  return {
    code: 'enrichment.unreadable_file',
    params: { act: 'reading an enrichment', enrichment: name, said },
  }
}

/** What decides about the rows: another digest means that the file is read again. */
function digestOf(manifest: EnrichmentManifest, schema: ProfileSchema): string {
  const { file, delimiter, encoding, key, traits, source, licence } = manifest
  const types = Object.keys(traits).map((trait) => schema.traits[trait]?.type)
  const country = key.identifier === undefined ? '' : schema.default_country
  const form = key.identifier === undefined ? '' : schema.identifiers[key.identifier]?.form
  const shape = JSON.stringify([
    file,
    delimiter,
    encoding,
    key,
    traits,
    types,
    source,
    licence,
    country,
    form,
  ])
  return createHash('sha256').update(shape).digest('hex')
}

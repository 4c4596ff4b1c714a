import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { z } from 'zod'
import { enrichmentManifest, type EnrichmentManifest } from '../../../core/manifest/manifest.ts'
import { openExternalTable } from '../../../hub-server/enrichment/open-external-table.ts'
import { createEnrichmentStore } from '../../../hub-server/warehouse/enrichment-store.ts'
import { createTombstones } from '../../../hub-server/warehouse/erasure/tombstones.ts'
import { createSegmentStore } from '../../../hub-server/warehouse/segment-store.ts'
import { createIdentifierDigest } from '../../../hub-server/warehouse/suppression/digest.ts'
import { aMapping, aProfileStore, aRecord, aSchema } from '../profile-store/a-profile-store.ts'

const { traits } = aSchema({})
const enriched = { enriched_by: 'income-by-commune' } as const

/** A shop's schema with traits of people's communes. */
const communeSchema = aSchema({
  traits: {
    ...traits,
    commune: { type: 'text' },
    median_income: { type: 'number', ...enriched },
    commune_name: { type: 'text', ...enriched },
    counted_on: { type: 'date', ...enriched },
    is_wealthy: {
      type: 'boolean',
      computed: { if: { trait: 'median_income', op: 'more_than', value: 25_000 }, then: true, else: false },
    },
  },
})

const mapping = aMapping({
  traits: { commune: { from: 'commune' }, first_name: { from: 'first_name' } },
})

/** Median income by commune, as published; `change` replaces whole keys. */
export function anEnrichment(change: Partial<z.input<typeof enrichmentManifest>> = {}): EnrichmentManifest {
  return enrichmentManifest.parse({
    kind: 'enrichment',
    version: 1,
    name: 'income-by-commune',
    file: 'data/income.csv',
    delimiter: ';',
    key: { trait: 'commune', from: 'CODGEO', compare: 'code', length: 5 },
    traits: {
      median_income: { from: 'MED21', apply: [{ number: '1 234,5' }] },
      commune_name: { from: 'LIBGEO' },
    },
    source: 'INSEE, Filosofi 2021',
    licence: 'Licence Ouverte 2.0',
    ...change,
  })
}

export const incomeCsv = `CODGEO;LIBGEO;MED21
1004;Ambérieu-en-Bugey;21 500,5
75056;Paris;28 790
2A004;Ajaccio;20 340
`

/** A workspace folder with a warehouse in memory. `evaluate` brings derived traits up to date. */
export async function anEnrichedWarehouse(schema = communeSchema) {
  const folder = mkdtempSync(join(tmpdir(), 'affluent-enrichment-'))
  const store = await aProfileStore(schema)
  const digest = createIdentifierDigest(new Uint8Array(32))
  const enrichments = createEnrichmentStore({
    duckdb: store.duckdb,
    schema,
    digest,
    openTable: (manifest) => openExternalTable(folder, manifest),
  })
  const segments = createSegmentStore(store.duckdb, schema)
  const signal = new AbortController().signal
  return {
    ...store,
    folder,
    enrichments,
    tombstones: createTombstones(store.duckdb, digest),
    put: (path: string, content: string | Buffer) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), content)
    },
    people: async (communes: readonly string[]) => {
      const records = communes.map((commune, index) =>
        aRecord(String(index + 1), { email: `p${index + 1}@example.com`, commune }),
      )
      await store.write(records)
      await store.refresh([mapping])
    },
    read: (manifests: readonly EnrichmentManifest[] = [anEnrichment()]) =>
      enrichments.refresh(manifests, { now: store.clock.now(), signal }),
    derivedOf: async (person: string) => {
      await segments.evaluate(new Map(), store.clock.now())
      const profile = await store.store.findProfile(person)
      return profile?.derivedTraits ?? {}
    },
    close: () => {
      store.duckdb.close()
      rmSync(folder, { recursive: true })
    },
  }
}

/** Writes the result of a query as a Parquet file. */
export async function writeParquet(path: string, query: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true })
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(`COPY (${query}) TO '${path.replaceAll("'", "''")}' (FORMAT parquet)`)
  connection.closeSync()
  instance.closeSync()
}

import {
  mappingManifestSchema,
  profileSchemaManifest,
  qualityManifest,
  type QualityManifest,
} from '../../core/manifest/manifest.ts'
import { toWorkspace } from '../../core/manifest/parse-manifest.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { ProfileStore } from '../../core/port/profile-store.ts'
import { createSeededRandom } from '../../core/quality/seeded-random.ts'
import { openDuckDb, type DuckDb } from '../../hub-server/warehouse/duckdb.ts'
import { createProfileStore } from '../../hub-server/warehouse/profile-store.ts'
import { reportQuality } from '../../hub-server/warehouse/quality/quality-report.ts'
import { createQualityStage } from '../../hub-server/warehouse/quality/quality-stage.ts'

const clock: Clock = { now: Date.now, sleep: () => Promise.resolve() }
const header = (name: string) => ({ version: 1, name })

const schema = profileSchemaManifest.parse({
  kind: 'profile_schema',
  ...header('main'),
  traits: {
    country: { type: 'text' },
    zip: { type: 'text' },
    age: { type: 'number' },
    orders: { type: 'number' },
  },
  identifiers: { email: { form: 'email' }, customer_id: { form: 'exact' } },
})
const mapping = mappingManifestSchema.parse({
  kind: 'mapping',
  ...header('contacts'),
  connection: 'shop',
  stream: 'contacts',
  identifiers: { email: { from: 'email' }, customer_id: { from: 'id' } },
  traits: {
    country: { from: 'country' },
    zip: { from: 'zip' },
    age: { from: 'age' },
    orders: { from: 'orders' },
  },
})

/** One check of each kind of work: by domain, by each different value, in SQL, learned, and the costly one. */
const checks = {
  plain: [
    { on: 'email', check: 'disposable', action: 'drop' },
    { on: 'email', check: 'role_address' },
    { on: 'email', check: 'domain_typo' },
    { on: 'zip', check: { postcode: { country_from: 'country' } }, action: 'normalise' },
    { on: 'age', check: { between: [0, 120] }, action: 'drop' },
    { on: 'orders', check: { outlier: { by: 'iqr' } } },
    { on: 'country', check: 'filled', action: 'quarantine' },
  ],
  forest: [{ on: ['age', 'orders'], check: { isolation_forest: { share: 0.01 } } }],
}
const manifestOf = (list: readonly object[]): QualityManifest =>
  qualityManifest.parse({
    kind: 'quality',
    ...header('contacts'),
    connection: 'shop',
    stream: 'contacts',
    checks: list,
  })

function storeUnder(duckdb: DuckDb, manifests: readonly QualityManifest[]): ProfileStore {
  const quality = createQualityStage({ duckdb, clock, schema, manifests, mappings: [mapping] })
  return createProfileStore({ duckdb, clock, quality, schema })
}

/** Contacts with one card in a hundred wrong in each way. */
async function writeContacts(store: ProfileStore, size: number): Promise<void> {
  const random = createSeededRandom(11)
  const pageRows = 5000
  for (let first = 0; first < size; first += pageRows) {
    const records = Array.from({ length: Math.min(pageRows, size - first) }, (_, at) => {
      const id = `c${first + at}`
      const isWrong = random() < 0.01
      const domain = isWrong ? 'mailinator.com' : `mail${(first + at) % 500}.example`
      const fields = {
        id,
        email: `${isWrong ? 'info' : id}@${domain}`,
        country: random() < 0.001 ? '' : 'FR',
        zip: String(1000 + Math.floor(random() * 90_000)),
        age: isWrong ? 900 : 18 + Math.floor(random() * 60),
        orders: Math.floor(-Math.log(1 - random()) * 5),
      }
      return { externalId: id, versionAt: 0, deleted: false, fields }
    })
    await store.writePage({
      stream: { connection: 'shop', stream: 'contacts' },
      runId: 'run',
      receivedAt: clock.now(),
      records,
      quarantined: [],
    })
  }
}

const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now()
  await work()
  return Math.round((performance.now() - started) / 10) / 100
}

/** What checks cost: the same records normalised and resolved again without them, with seven, and with an isolation forest. */
export async function bench({ size }: { size: number }): Promise<Record<string, unknown>> {
  const duckdb = await openDuckDb({ path: ':memory:', memoryLimitMb: 2000 })
  const plain = storeUnder(duckdb, [])
  await plain.prepare(schema)
  await writeContacts(plain, size)
  const again = async (store: ProfileStore): Promise<number> => {
    await duckdb.run('DELETE FROM normalised_stream')
    return seconds(() => store.refresh([mapping], {}))
  }
  await again(plain)
  const without = await again(plain)
  const checked = await again(storeUnder(duckdb, [manifestOf(checks.plain)]))
  const forest = await again(storeUnder(duckdb, [manifestOf(checks.forest)]))
  const workspace = toWorkspace([schema, mapping])
  const report = workspace ? await seconds(() => reportQuality({ duckdb, clock, workspace })) : undefined
  duckdb.close()
  return {
    refreshWithoutChecksSeconds: without,
    refreshWithSevenChecksSeconds: checked,
    refreshWithForestSeconds: forest,
    ratioOfSevenChecks: Math.round((checked / without) * 100) / 100,
    reportSeconds: report,
  }
}

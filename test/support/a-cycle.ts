import { join } from 'node:path'
import type { Connector } from '../../core/connector/connector.ts'
import type { Workspace } from '../../core/manifest/manifest.ts'
import { parseManifest, toWorkspace } from '../../core/manifest/parse-manifest.ts'
import type { Clock } from '../../core/port/clock.ts'
import { silentTelemetry, type Telemetry } from '../../core/port/telemetry.ts'
import type { ReachPhase } from '../../core/sync/phase.ts'
import { openExternalTable } from '../../hub-server/enrichment/open-external-table.ts'
import { createSecretBox } from '../../hub-server/secrets/secret-box.ts'
import { openControlStore } from '../../hub-server/store/open-control-store.ts'
import { createConsentStore } from '../../hub-server/warehouse/consent-store.ts'
import { createDeliveryStore } from '../../hub-server/warehouse/delivery-store.ts'
import { openDuckDb, type DuckDb } from '../../hub-server/warehouse/duckdb.ts'
import { createEnrichmentStore } from '../../hub-server/warehouse/enrichment-store.ts'
import { removeDraft } from '../../hub-server/warehouse/erasure/compact-warehouse.ts'
import { createPersonRights } from '../../hub-server/warehouse/erasure/person-rights.ts'
import { createTombstones } from '../../hub-server/warehouse/erasure/tombstones.ts'
import { createIdentityStore } from '../../hub-server/warehouse/identity-store.ts'
import { createPickStore } from '../../hub-server/warehouse/pick-store.ts'
import { createProfileStore } from '../../hub-server/warehouse/profile-store.ts'
import { createQualityStage } from '../../hub-server/warehouse/quality/quality-stage.ts'
import { createSegmentStore } from '../../hub-server/warehouse/segment-store.ts'
import { createIdentifierDigest } from '../../hub-server/warehouse/suppression/digest.ts'
import { createConnections } from '../../hub-server/worker/connections.ts'
import type { CyclePorts } from '../../hub-server/worker/cycle-ports.ts'
import { syncTargets } from '../../hub-server/worker/sync-targets.ts'
import { silentLogger } from './silent-logger.ts'

export interface CycleBenchOptions {
  /** Folder of the stores; absent: in memory. */
  readonly folder?: string
  readonly clock: Clock
  readonly workspace: Workspace
  readonly connectors: readonly Connector[]
  readonly reach?: ReachPhase
  readonly signal?: AbortSignal
  /** Default: nobody is told. */
  readonly telemetry?: Telemetry
  /** True: budgets are kept. Default false: the tests' platforms have no limits. */
  readonly pacing?: boolean
}

export interface CycleBench extends CyclePorts {
  readonly duckdb: DuckDb
  close(): Promise<void>
}

/** A hub's stores and connections, put together as the hub does, without its lock. */
export async function aCycleBench(options: CycleBenchOptions): Promise<CycleBench> {
  const { clock, workspace, folder } = options
  const path = (name: string): string => (folder === undefined ? ':memory:' : join(folder, name))
  const control = await openControlStore(path('control.sqlite'), clock)
  if (folder !== undefined) removeDraft(path('warehouse.duckdb'))
  const duckdb = await openDuckDb({ path: path('warehouse.duckdb'), memoryLimitMb: 500, threads: 1 })
  const digest = createIdentifierDigest(new Uint8Array(32))
  const box = createSecretBox(new Uint8Array(32))
  const tombstones = createTombstones(duckdb, digest)
  const profiles = createProfileStore({
    duckdb,
    clock,
    tombstones,
    identity: workspace.identity,
    workers: 1,
    quality: createQualityStage({
      duckdb,
      clock,
      schema: workspace.profileSchema,
      manifests: [...workspace.quality.values()],
      mappings: [...workspace.mappings.values()],
    }),
  })
  await profiles.prepare(workspace.profileSchema)
  const rights = createPersonRights({
    duckdb,
    schema: workspace.profileSchema,
    digest,
    tombstones,
    path: folder === undefined ? undefined : path('warehouse.duckdb'),
    memoryLimitMb: 300,
  })
  await rights.noteTargets(syncTargets(workspace), clock.now())
  const calls = new Map<string, number>()
  let runs = 0
  return {
    control,
    duckdb,
    profiles,
    identities: createIdentityStore({
      duckdb,
      clock,
      schema: workspace.profileSchema,
      identity: workspace.identity,
    }),
    enrichments: createEnrichmentStore({
      duckdb,
      schema: workspace.profileSchema,
      openTable: (manifest) => openExternalTable(folder ?? '.', manifest),
    }),
    segments: createSegmentStore(duckdb, workspace.profileSchema),
    consents: createConsentStore({ duckdb, schema: workspace.profileSchema, digest, clock }),
    deliveries: createDeliveryStore(
      duckdb,
      workspace.profileSchema,
      createIdentifierDigest(new Uint8Array(32)),
    ),
    rights,
    picks: createPickStore({
      duckdb,
      schema: workspace.profileSchema,
      profiles,
      newRunId: () => `picks-${clock.now()}`,
      clock,
    }),
    box,
    connect: createConnections({
      manifests: workspace.connections,
      connectors: new Map(options.connectors.map((connector) => [connector.slug, connector])),
      resolveConfig: (config) => Promise.resolve(config),
      folder: folder ?? '.',
      grants: { store: control, box, holder: 'test' },
      clock,
      random: () => 0.5,
      logger: silentLogger,
      telemetry: options.telemetry ?? silentTelemetry,
      signal: options.signal ?? new AbortController().signal,
      pacing: options.pacing ?? false,
      onCall: (connection) => calls.set(connection, (calls.get(connection) ?? 0) + 1),
    }),
    countCalls: (connection) => calls.get(connection) ?? 0,
    newRunId() {
      runs += 1
      return `run-${clock.now()}-${process.pid}-${String(runs).padStart(4, '0')}`
    },
    clock,
    logger: silentLogger,
    telemetry: options.telemetry ?? silentTelemetry,
    reach: options.reach ?? (() => undefined),
    async close() {
      duckdb.close()
      await control.close()
    },
  }
}

export interface ADestination {
  /** Name of the connection, and of its delivery sync: "to-NAME". */
  readonly name: string
  readonly url: string
}

const connection = (name: string, url: string): object => ({
  kind: 'connection',
  version: 1,
  name,
  connector: 'ledger',
  config: { url },
})

/** People pulled from the ledger platform at `source`; who consented is delivered to each destination's list "Subscribers". */
export function aCycleWorkspace(source: string, destinations: readonly ADestination[]): Workspace {
  const manifests = aCycleManifests(source, destinations)
  const workspace = toWorkspace(manifests.map((manifest) => parseManifest(manifest)))
  if (!workspace) throw new TypeError('the workspace has a profile schema')
  return workspace
}

/** The manifests of `aCycleWorkspace`, as somebody writes them. */
export function aCycleManifests(source: string, destinations: readonly ADestination[]): readonly object[] {
  return [
    {
      kind: 'profile_schema',
      version: 1,
      name: 'people',
      identifiers: { email: { form: 'email' } },
      consents: { marketing: { channels: ['ads'] } },
    },
    connection('shop', source),
    ...destinations.map(({ name, url }) => connection(name, url)),
    {
      kind: 'mapping',
      version: 1,
      name: 'shop-people',
      connection: 'shop',
      stream: 'people',
      identifiers: { email: { from: 'email' } },
      consents: [{ purpose: 'marketing', channel: 'ads', from: 'consent', granted: ['yes'], denied: ['no'] }],
    },
    {
      kind: 'segment',
      version: 1,
      name: 'subscribers',
      rule: { consent: { purpose: 'marketing', channel: 'ads' }, is: 'granted' },
    },
    {
      kind: 'sync',
      version: 1,
      name: 'from-shop',
      source: { connection: 'shop', stream: 'people' },
    },
    ...destinations.map(({ name }) => ({
      kind: 'sync',
      version: 1,
      name: `to-${name}`,
      segment: 'subscribers',
      destination: { connection: name, kind: 'list', audience: 'Subscribers' },
      fields: { email: { identifier: 'email' } },
      consent: [{ purpose: 'marketing', channel: 'ads' }],
    })),
  ]
}

/** People `from` to `to`, who all consented. */
export const shopPeople = (from: number, to: number): { id: string; email: string; consent: string }[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({
    id: String(from + index),
    email: `p${from + index}@example.com`,
    consent: 'yes',
  }))

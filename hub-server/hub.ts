import { randomUUID } from 'node:crypto'
import { loadConnector } from '../connectors/registry.ts'
import { AffluentError } from '../core/errors/affluent-error.ts'
import type { Workspace } from '../core/manifest/manifest.ts'
import { parseManifest, toWorkspace } from '../core/manifest/parse-manifest.ts'
import type { Clock, Random } from '../core/port/clock.ts'
import type { ControlStore } from '../core/port/control-store.ts'
import type { EventSpool } from '../core/port/event-spool.ts'
import type { Logger } from '../core/port/logger.ts'
import type { SegmentInsight } from '../core/port/segment-insight.ts'
import { silentTelemetry, type Telemetry } from '../core/port/telemetry.ts'
import { createCheckpointSigner, type CheckpointSigner } from './audit/checkpoint-key.ts'
import { createCheckpointPublisher, type CheckpointPublisher } from './audit/publish-checkpoints.ts'
import { readPrivateNetworks } from './config.ts'
import { dataPaths } from './data-paths.ts'
import { openExternalTable } from './enrichment/open-external-table.ts'
import { createEventDrain, type EventDrain } from './intake/drain-events.ts'
import { openEventSpool } from './intake/event-spool.ts'
import { resolveReferences } from './manifest/resolve-references.ts'
import { installGuardedDispatcher } from './net/guarded-dispatcher.ts'
import { openLimiterCluster, type LimiterCluster } from './net/limiter-cluster.ts'
import { createQuotaWatch } from './net/quota-watch.ts'
import { openDataKeys, type DataKeys } from './secrets/data-keys.ts'
import { isOwnKey, readWrappingKeys, type SecretSettings } from './secrets/wrapping-keys.ts'
import { openControlStore } from './store/open-control-store.ts'
import { acquireWorkspaceLock, type WorkspaceLock } from './store/workspace-lock.ts'
import { createConsentStore } from './warehouse/consent-store.ts'
import { createDeliveryStore } from './warehouse/delivery-store.ts'
import { openDuckDb, type DuckDb } from './warehouse/duckdb.ts'
import { createEnrichmentStore } from './warehouse/enrichment-store.ts'
import { removeDraft } from './warehouse/erasure/compact-warehouse.ts'
import { createPersonRights } from './warehouse/erasure/person-rights.ts'
import { createTombstones } from './warehouse/erasure/tombstones.ts'
import { createIdentityStore } from './warehouse/identity-store.ts'
import { createPickStore } from './warehouse/pick-store.ts'
import { createProfileStore } from './warehouse/profile-store.ts'
import { createQualityStage } from './warehouse/quality/quality-stage.ts'
import { createSegmentInsight } from './warehouse/segment-insight.ts'
import { createSegmentStore } from './warehouse/segment-store.ts'
import { createIdentifierDigest, type IdentifierDigest } from './warehouse/suppression/digest.ts'
import { createConnections, type ConnectionsOptions } from './worker/connections.ts'
import type { CyclePorts } from './worker/cycle-ports.ts'
import { syncTargets } from './worker/sync-targets.ts'
import { bySlug } from './workspace-files.ts'

export interface HubOptions {
  readonly folder: string
  /** What the holder of the lock is doing: the command's name. */
  readonly purpose: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Default: nobody is told. */
  readonly telemetry?: Telemetry
  readonly signal: AbortSignal
  readonly memoryMb: number
  /** How long the evaluation of one segment may take. Default: one minute. */
  readonly segmentSeconds?: number
  /** Where the key of the secrets comes from; nothing given: the workspace's own key file. */
  readonly secrets: SecretSettings
  /** Where signed checkpoints of the audit log go, besides the store; undefined: nowhere. */
  readonly auditCheckpoints?: string | undefined
  /** The Redis that rate budgets are shared through; undefined: they are this hub's alone. */
  readonly redisUrl: string | undefined
}

/** A workspace opened by this process alone: its stores, and what is in force. */
export interface Hub {
  readonly folder: string
  readonly control: ControlStore
  readonly duckdb: DuckDb
  /** Events that clients sent, until they are in the warehouse. */
  readonly events: EventSpool
  /** Recognises identifiers that must not be kept. */
  readonly digest: IdentifierDigest
  readonly lock: WorkspaceLock
  /** The keys that secrets are sealed with. */
  readonly dataKeys: DataKeys
  /** The workspace's own file with the key of these keys; undefined where that comes from elsewhere. */
  readonly ownKeyFile: string | undefined
  /** Signs where the audit chain ends. */
  readonly signer: CheckpointSigner
  /** Publishes such checkpoints; undefined where no place for them is named. */
  readonly checkpoints: CheckpointPublisher | undefined
  /** The manifests in force; undefined before the first `apply`. */
  applied(): Promise<Workspace | undefined>
  /** Makes the warehouse ready for a workspace's profile schema, and its connections ready to be used. */
  open(workspace: Workspace): Promise<OpenWorkspace>
  /** The accounts that a workspace declares, in force or not, by name; the warehouse is left alone. */
  connections(workspace: Workspace): Promise<OpenWorkspace['connect']>
  /** Lets go of a workspace that nobody will work with any more. */
  release(open: OpenWorkspace): Promise<void>
  close(): Promise<void>
}

/** A workspace with everything a cycle works with. */
export interface OpenWorkspace extends CyclePorts {
  readonly workspace: Workspace
  /** What people ask of segments; cycles ask nothing. */
  readonly insight: SegmentInsight
  /** Brings events of clients into the warehouse; cycles use it too. */
  readonly eventDrain: EventDrain
}

/** Takes the workspace's lock and opens its stores. Throws `store.locked`, `store.damaged`, `store.newer_schema`. */
export async function openHub(options: HubOptions): Promise<Hub> {
  const { folder, clock } = options
  const { telemetry = silentTelemetry } = options
  installGuardedDispatcher({ networks: readPrivateNetworks(options.env), telemetry })
  const paths = dataPaths(folder)
  const lock = acquireWorkspaceLock(paths.data, { purpose: options.purpose, clock })
  try {
    const wrappingKeys = readWrappingKeys(options.secrets, paths.secretKey)
    const control = await openControlStore(paths.control, clock)
    const dataKeys = await openDataKeys(control, wrappingKeys, clock)
    const digest = createIdentifierDigest(dataKeys.bytes('digest'))
    const auditing = openAuditing(options, control, dataKeys)
    removeDraft(paths.warehouse)
    const duckdb = await openDuckDb({ path: paths.warehouse, memoryLimitMb: options.memoryMb })
    const events = openEventSpool(paths.events)
    const cluster = await openCluster(options)
    const accounts: SharedParts['accounts'] = { known: new Map(), calls: new Map() }
    const shared = { control, duckdb, events, digest, dataKeys, cluster, accounts }
    const { closeAll, ...workspaces } = openWorkspaces(shared, options)
    return {
      folder,
      control,
      duckdb,
      events,
      digest,
      lock,
      dataKeys,
      ...auditing,
      ownKeyFile: isOwnKey(options.secrets) ? paths.secretKey : undefined,
      applied: () => readApplied(control),
      ...workspaces,
      async close() {
        await closeAll()
        await auditing.checkpoints?.publish()
        await cluster?.close()
        events.close()
        await duckdb.end()
        duckdb.close()
        await control.close()
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** The workspaces that are open, over the stores that they share. */
function openWorkspaces(
  shared: SharedParts,
  options: HubOptions,
): Pick<Hub, 'open' | 'connections' | 'release'> & { readonly closeAll: () => Promise<void> } {
  const opened = new Set<OpenWorkspace>()
  return {
    async open(workspace) {
      const open = await openWorkspace(workspace, shared, options)
      opened.add(open)
      return open
    },
    connections: (workspace) => openConnections(workspace, shared, options),
    async release(open) {
      opened.delete(open)
      await open.profiles.close()
    },
    async closeAll() {
      for (const { profiles } of opened) await profiles.close()
    },
  }
}

async function readApplied(control: ControlStore): Promise<Workspace | undefined> {
  const manifests = await control.appliedManifests()
  return toWorkspace(manifests.map(({ document }) => parseManifest(document)))
}

/** Signs where the audit log ends and, where a place for that is named, publishes it there. */
function openAuditing(
  { auditCheckpoints: place, clock, logger }: HubOptions,
  control: ControlStore,
  dataKeys: DataKeys,
): Pick<Hub, 'signer' | 'checkpoints'> {
  const signer = createCheckpointSigner(dataKeys.bytes('audit'))
  const desk = { control, signer, clock, logger }
  return {
    signer,
    checkpoints: place === undefined ? undefined : createCheckpointPublisher({ ...desk, place }),
  }
}

async function openCluster({ redisUrl, clock, logger }: HubOptions): Promise<LimiterCluster | undefined> {
  return redisUrl === undefined
    ? undefined
    : openLimiterCluster({ url: redisUrl, process: randomUUID(), clock, logger })
}

/** The manifests in force. Throws `run.not_applied` before the first `apply`. */
export async function requireApplied(hub: Hub, act: string): Promise<Workspace> {
  const workspace = await hub.applied()
  if (!workspace) throw new AffluentError('run.not_applied', { act })
  return workspace
}

type SharedParts = Pick<Hub, 'control' | 'duckdb' | 'events' | 'digest' | 'dataKeys'> & {
  readonly cluster: LimiterCluster | undefined
  /** Accounts stay open from one workspace to the next, and requests to them are counted on. */
  readonly accounts: {
    readonly known: NonNullable<ConnectionsOptions['known']>
    readonly calls: Map<string, number>
  }
}

async function openWorkspace(
  workspace: Workspace,
  shared: SharedParts,
  options: HubOptions,
): Promise<OpenWorkspace> {
  const { control, events, dataKeys, accounts } = shared
  const { calls } = accounts
  const { clock, logger, telemetry = silentTelemetry } = options
  const stores = await openStores(workspace, shared, options)
  const eventDrain = createEventDrain({
    spool: events,
    profiles: stores.profiles,
    newRunId: randomUUID,
    clock,
  })
  return {
    workspace,
    eventDrain,
    drainEvents: (ending) => eventDrain.drain(ending),
    compactEvents: () => events.compact(),
    control,
    ...stores,
    insight: createSegmentInsight({
      duckdb: shared.duckdb,
      schema: workspace.profileSchema,
      segments: stores.segments,
    }),
    box: dataKeys.box('erasure'),
    connect: await openConnections(workspace, shared, options),
    countCalls: (connection) => calls.get(connection) ?? 0,
    newRunId: randomUUID,
    clock,
    logger,
    telemetry,
    reach: () => undefined,
  }
}

/** The accounts of a workspace, opened when they are first used. */
async function openConnections(
  { connections }: Workspace,
  {
    control,
    dataKeys,
    cluster,
    accounts,
  }: Pick<SharedParts, 'control' | 'dataKeys' | 'cluster' | 'accounts'>,
  options: HubOptions,
): Promise<OpenWorkspace['connect']> {
  const { folder, env } = options
  const { known, calls } = accounts
  const slugs = new Set([...connections.values()].map(({ connector }) => connector))
  const connectors = await Promise.all([...slugs].map((slug) => loadConnector(slug)))
  return createConnections({
    ...options,
    known,
    manifests: connections,
    connectors: bySlug(connectors),
    resolveConfig: (config) => resolveReferences(config, { env, folder }),
    networks: readPrivateNetworks(env),
    grants: { store: control, box: dataKeys.box('access'), holder: randomUUID() },
    ...(cluster && { cluster }),
    onQuota: createQuotaWatch({ ...options, book: control }),
    onCall: (connection) => calls.set(connection, (calls.get(connection) ?? 0) + 1),
  })
}

type WarehouseStores = Pick<
  CyclePorts,
  'profiles' | 'identities' | 'enrichments' | 'segments' | 'consents' | 'deliveries' | 'rights' | 'picks'
>

/** The stores of the warehouse, for the manifests of this workspace. */
async function openStores(
  workspace: Workspace,
  { duckdb, digest }: SharedParts,
  { folder, clock, memoryMb, segmentSeconds }: HubOptions,
): Promise<WarehouseStores> {
  const { profileSchema: schema, identity } = workspace
  const tombstones = createTombstones(duckdb, digest)
  const manifests = [...workspace.quality.values()]
  const mappings = [...workspace.mappings.values()]
  const quality = createQualityStage({ duckdb, clock, schema, manifests, mappings })
  const profiles = createProfileStore({ duckdb, clock, tombstones, identity, quality })
  await profiles.prepare(schema)
  const path = dataPaths(folder).warehouse
  const rights = createPersonRights({ duckdb, schema, digest, tombstones, path, memoryLimitMb: memoryMb })
  await rights.noteTargets(syncTargets(workspace), clock.now())
  return {
    profiles,
    rights,
    picks: createPickStore({ duckdb, schema, profiles, newRunId: randomUUID, clock }),
    identities: createIdentityStore({ duckdb, clock, schema, identity }),
    enrichments: createEnrichmentStore({
      duckdb,
      schema,
      digest,
      openTable: (manifest) => openExternalTable(folder, manifest),
    }),
    segments: createSegmentStore(
      duckdb,
      schema,
      segmentSeconds === undefined ? {} : { segmentLimitMs: segmentSeconds * 1000 },
    ),
    consents: createConsentStore({ duckdb, schema, digest, clock }),
    deliveries: createDeliveryStore(duckdb, schema, digest),
  }
}

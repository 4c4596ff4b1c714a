import { refusePick } from '../core/membership/refuse-pick.ts'
import type { Clock } from '../core/port/clock.ts'
import type { Logger } from '../core/port/logger.ts'
import { removeLocalToken, writeLocalToken } from './access/local-token.ts'
import type { OidcSettings } from './access/oidc-settings.ts'
import { openPersonPages } from './canvas/open-person-pages.ts'
import { openCards } from './cards/open-cards.ts'
import type { Environment } from './config.ts'
import { createGate } from './create-gate.ts'
import { ofCurrent, type CurrentWorkspace } from './current-workspace.ts'
import { dataPaths } from './data-paths.ts'
import type { ProxyPorts } from './http/client-guard.ts'
import { createApp, type BesideMount } from './http/create-app.ts'
import type { EventPorts } from './http/event-routes.ts'
import type { RouteGate } from './http/mount-routes.ts'
import { createReferenceMount } from './http/reference-page.ts'
import type { BudgetLimits } from './http/request-budget.ts'
import { createSessionMount } from './http/session-routes.ts'
import type { SessionPorts } from './http/session-visit.ts'
import { startServer, type StartedServer } from './http/start-server.ts'
import { noTrustedProxies, type TrustedProxies } from './http/trusted-proxies.ts'
import type { WebhookPorts } from './http/webhook-routes.ts'
import type { Hub } from './hub.ts'
import { createWebhookReceiver } from './inbox/receive-webhook.ts'
import { createInstallMount } from './install/install-routes.ts'
import { openInstall } from './install/open-install.ts'
import { startDrainLoop, type DrainLoop, type OnDrained } from './intake/drain-events.ts'
import { createKeyRing } from './intake/key-ring.ts'
import { createEventReceiver, type EventReceiverOptions } from './intake/receive-events.ts'
import { createTranslator } from './locales/translate.ts'
import { openAccess } from './open-access.ts'
import { createMetricsMount } from './operation/metrics-route.ts'
import { openOperation, type OperationOptions } from './operation/open-operation.ts'
import { createProxyWatch } from './operation/proxy-watch.ts'
import { createSpaceGuard } from './operation/space-guard.ts'
import { createAllRoutes } from './routes/all-routes.ts'
import type { HubDesk } from './routes/hub-desk.ts'
import { openDesk, type DeskOptions } from './routes/open-desk.ts'
import { createTelemetry, type HubTelemetry } from './telemetry/create-telemetry.ts'

export interface ServeOptions {
  readonly host: string
  readonly port: number
  /** Where platforms reach the hub; undefined: they do not. */
  readonly publicUrl: string | undefined
  /** Proxies in front whose word counts. Default: none. */
  readonly trustedProxies?: TrustedProxies
  /** Told when signals of a platform wait to be followed. */
  readonly onSignals: () => void
  /** Told when events of clients became records of the warehouse. */
  readonly onEvents: OnDrained
  /** Told when events of clients are kept, and at the start: whoever is told drains them. Absent: a loop here does. */
  readonly onKept?: () => void
  /** Routes that other parts bring along, beside the API. */
  readonly beside?: readonly BesideMount[]
  /** Single sign-on; absent: there is none. */
  readonly oidc?: OidcSettings | undefined
  /** Where the references of manifests are looked up. */
  readonly env: Environment
  /** What one caller of the API may take. Default: enough for a program that lists everything. */
  readonly limits?: BudgetLimits
  /** What keeps an eye on the hub. Default: nobody is told of anything, and a disk is full when it is full. */
  readonly operation?: Pick<OperationOptions, 'space' | 'alerts' | 'translator' | 'everyMs' | 'stopping'>
  /** Default: metrics, and no traces. */
  readonly telemetry?: HubTelemetry
  readonly clock: Clock
  readonly logger: Logger
}

/** Puts a hub on the network: health checks, the API, what platforms push, and events of clients. Tells the lock where it can be reached, for whoever comes second. */
export async function serveHub(
  hub: Hub,
  current: CurrentWorkspace,
  options: ServeOptions,
): Promise<StartedServer> {
  const { clock, logger, telemetry = await createTelemetry(undefined) } = options
  const receiving = { telemetry, clock, logger }
  const watch = options.operation ?? unwatched(hub, clock)
  const loop = startDraining(current, options)
  let address = options.publicUrl
  const desk = await openServedDesk(hub, { ...options, current, address: () => address })
  const tokenFile = dataPaths(hub.folder).localToken
  const localToken = writeLocalToken(tokenFile)
  const access = await openAccess(hub, { oidc: undefined, ...options, localToken })
  const gate = createGate(hub, desk, { ...options, authenticator: access.authenticator })
  const operation = openOperation(hub, current, { ...watch, hubUrl: options.publicUrl, clock, logger })
  const app = createApp({
    routes: await createAllRoutes(desk),
    gate,
    readiness: operation.readiness,
    telemetry,
    host: options.host,
    publicUrl: options.publicUrl,
    proxies: toProxyPorts(hub, options),
    beside: [
      createMetricsMount(gate, telemetry.metrics, operation.readGauges),
      ...pagesBeside(hub, current, { pages: access.pages, gate, options, address: () => address }),
    ],
    webhooks: toWebhookPorts(hub, current, { ...options, ...receiving }),
    events: toEventPorts(hub, { ...receiving, onKept: () => loop.wake(), mayKeep: watch.space.mayIngest }),
    logger,
  })
  const server = await startServer({ app, port: options.port, clock }).catch(async (error: unknown) => {
    await loop.stop()
    throw error
  })
  address ??= server.url
  hub.lock.announce(server.url)
  operation.start()
  const stopPublishing = startPublishing(hub)
  const close = async (): Promise<void> => {
    removeLocalToken(tokenFile)
    await stopPublishing()
    await operation.stop()
    await desk.operations.close()
    await server.close()
    await loop.stop()
  }
  return { url: server.url, close }
}

const toProxyPorts = ({ folder }: Hub, options: Pick<ServeOptions, 'trustedProxies'>): ProxyPorts => ({
  trusted: options.trustedProxies ?? noTrustedProxies,
  onUntrusted: createProxyWatch(dataPaths(folder).proxyNote),
})

/** A desk whose operations of an earlier process are over: nobody works on them any more. */
async function openServedDesk(hub: Hub, options: DeskOptions): Promise<HubDesk> {
  await hub.control.endLostOperations(options.clock.now())
  return openDesk(hub, options)
}

interface Pages {
  readonly pages: SessionPorts
  readonly gate: RouteGate
  readonly options: ServeOptions
  readonly address: HubDesk['address']
}

function pagesBeside(
  hub: Hub,
  current: CurrentWorkspace,
  { pages, gate, options, address }: Pages,
): readonly BesideMount[] {
  return [
    createInstallMount({ pages, install: () => openInstall(hub, current.open(), address() ?? '') }),
    createSessionMount(pages),
    createReferenceMount(gate),
    ...(options.beside ?? []),
    ...openPersonPages(current, options),
    ...openCards(current, options.publicUrl),
  ]
}

/** Keeps the signed ends of the audit log coming, until the returned function is called. */
function startPublishing({ checkpoints }: Hub): () => Promise<void> {
  const ending = new AbortController()
  const publishing = checkpoints?.keepPublishing(ending.signal)
  return async () => {
    ending.abort()
    await publishing
  }
}

type Receiving = Pick<EventReceiverOptions, 'onKept' | 'mayKeep' | 'telemetry' | 'clock' | 'logger'>

function toEventPorts({ control, events }: Hub, receiving: Receiving): EventPorts {
  const findSource = createKeyRing(control, receiving.clock)
  return {
    receive: createEventReceiver({ ...receiving, findSource, spool: events }),
    knows: async (key) => (await findSource(key)) !== undefined,
  }
}

/** Of a hub that is served by a program of its own. */
function unwatched(hub: Hub, clock: Clock): NonNullable<ServeOptions['operation']> {
  return {
    space: createSpaceGuard({ folder: hub.folder, reserveMb: 0, clock }),
    alerts: { email: undefined, slackUrl: undefined, webhook: undefined },
    translator: createTranslator('en'),
    everyMs: undefined,
  }
}

/** One way into the warehouse: who is told when events are kept drains them first thing in each batch, and nobody beside it. */
function startDraining(
  { open }: CurrentWorkspace,
  { onEvents: onDrained, onKept, clock, logger }: ServeOptions,
): DrainLoop {
  const loop = onKept
    ? { wake: onKept, stop: () => Promise.resolve() }
    : startDrainLoop(
        { drain: (signal, onPage) => open().eventDrain.drain(signal, onPage) },
        { clock, logger, onDrained },
      )
  // What an earlier process left.
  loop.wake()
  return loop
}

function toWebhookPorts(
  { control }: Hub,
  current: CurrentWorkspace,
  { publicUrl, onSignals, telemetry, clock, logger }: ServeOptions & { readonly telemetry: HubTelemetry },
): WebhookPorts | undefined {
  if (publicUrl === undefined) return undefined
  const receive = ofCurrent(current, (open) =>
    createWebhookReceiver({
      manifests: open.workspace.connections,
      connect: open.connect,
      inbox: control,
      publicUrl,
      refuse: ({ signal }) => refusePick(open.workspace, signal),
      onKept: onSignals,
      telemetry,
      clock,
      logger,
    }),
  )
  return {
    publicUrl,
    receive: (place, message) => receive()(place, message),
    signalState: (code) => control.signalState(code),
  }
}

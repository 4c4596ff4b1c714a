import type { Connection } from '../../../core/connector/connector.ts'
import type { Audience } from '../../../core/connector/destination.ts'
import type { Clock } from '../../../core/port/clock.ts'
import type { CallPlatform, PlatformCall, PlatformReply } from '../../../core/port/platform-caller.ts'
import { createPlatformCaller } from '../../../hub-server/net/platform-caller.ts'
import { createLogger } from '../../../hub-server/telemetry/logger.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'
import type { ConnectorHarness, ConnectorSuite } from './harness.ts'

const { signal } = new AbortController()

/** A connection behind the hub's real caller and logger, for what only these two can show. */
export interface HubSession {
  readonly harness: ConnectorHarness
  readonly connection: Connection
  /** The time of the platform and the connector; the caller's own may differ. */
  readonly clock: FixedClock
  /** Requests in the order in which they were sent, with the time. */
  readonly sent: readonly { readonly call: PlatformCall; readonly at: number }[]
  /** Calls that the connector made and that have not come back. */
  readonly open: number
  /** Those of them whose request is with the platform. */
  readonly underWay: number
  /** What the real logger wrote, all levels. */
  readonly lines: readonly string[]
  close(): Promise<void>
}

/** `callerClock` gives the caller a clock of its own. */
export async function openHubSession(
  suite: ConnectorSuite,
  callerClock: (clock: FixedClock) => Clock = (clock) => clock,
): Promise<HubSession> {
  const harness = await suite.start()
  const clock = harness.clock ?? createFixedClock('2026-11-01T00:00:00Z', { autoAdvance: true })
  const stop = new AbortController()
  const sent: { call: PlatformCall; at: number }[] = []
  const lines: string[] = []
  const logger = createLogger({ level: 'debug', destination: { write: (line) => lines.push(line) } })
  const send = createPlatformCaller({
    connection: 'under_test',
    budgets: suite.connector.budgets,
    pacing: false,
    clock: callerClock(clock),
    random: () => 0.5,
    logger,
    signal: stop.signal,
    onCall: (call) => sent.push({ call, at: clock.now() }),
  })
  let [open, underWay] = [0, 0]
  const call: CallPlatform = (request) => {
    open += 1
    const counted = async (until: AbortSignal): Promise<PlatformReply> => {
      underWay += 1
      return request.send(until).finally(() => {
        underWay -= 1
      })
    }
    return send({ ...request, send: counted }).finally(() => {
      open -= 1
    })
  }
  const connection = suite.connector.connect(
    {
      connection: 'under_test',
      call,
      fetch: globalThis.fetch,
      clock,
      logger,
      workspace: harness.workspace ?? process.cwd(),
      ...(harness.credentials && { credentials: harness.credentials }),
    },
    harness.config,
  )
  return {
    harness,
    connection,
    clock,
    sent,
    lines,
    get open() {
      return open
    },
    get underWay() {
      return underWay
    },
    async close() {
      stop.abort()
      await harness.close()
    },
  }
}

/** The act that the harness names for it, else the first page of the first stream. */
export function probe({ harness, connection }: HubSession): Promise<unknown> {
  const own = harness.platform?.probe
  if (own) return own(connection)
  const [act] = everyKindOfCall(connection, harness)
  if (!act) throw new Error('a connector has a stream or a destination')
  return act()
}

type Act = () => Promise<unknown>

/** The first page of each stream, a look for each audience kind, and the connection's own test. */
export function everyKindOfCall(connection: Connection, harness: ConnectorHarness): Act[] {
  return [
    ...Object.entries(harness.sources).map(([name, { fields }]) => async () => {
      for await (const page of connection.source(name)?.read({ cursor: null, fields, signal }) ?? [])
        return page
      return undefined
    }),
    ...Object.keys(harness.destinations).map(
      (kind) => async () => connection.destination(kind)?.find({ name: 'Conformance audience' }),
    ),
    () => connection.test(),
  ]
}

/** The audience of the tests: found, else created. */
export async function openAudience({ harness, connection }: HubSession, kind: string): Promise<Audience> {
  const name = harness.destinations[kind]?.existing?.name ?? 'Conformance audience'
  const destination = connection.destination(kind)
  const audience = (await destination?.find({ name })) ?? (await destination?.create?.({ name }))
  harness.destinations[kind]?.settle?.()
  if (!audience) throw new Error(`no audience "${name}" and no way to create one`)
  return audience
}

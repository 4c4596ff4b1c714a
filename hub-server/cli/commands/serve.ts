import { userInfo } from 'node:os'
import { toAffluentError } from '../../../core/errors/affluent-error.ts'
import { issueAdminLink, isWithoutUsers } from '../../access/people.ts'
import { createCurrentWorkspace, ofCurrent, type CurrentWorkspace } from '../../current-workspace.ts'
import { requireApplied, type Hub, type OpenWorkspace } from '../../hub.ts'
import { readWebhookAddresses } from '../../inbox/webhook-addresses.ts'
import { createSpaceGuard, type SpaceGuard } from '../../operation/space-guard.ts'
import { serveHub, type ServeOptions } from '../../serve-hub.ts'
import { createTelemetry, type HubTelemetry } from '../../telemetry/create-telemetry.ts'
import { createCycleAlarm, type CycleAlarm } from '../../worker/cycle-alarm.ts'
import { createCycleTimes, type CycleTimes, type CycleTurn } from '../../worker/cycle-times.ts'
import { heedPicks } from '../../worker/heed-picks.ts'
import { startLiveLoop } from '../../worker/live-loop.ts'
import { runCycle } from '../../worker/run-cycle.ts'
import { optionValue, type CommandAction, type CommandContext, type CommandInput } from '../command.ts'
import { createCycleView } from '../cycle-view.ts'
import { exitCode } from '../exit-code.ts'
import { readWholeNumber } from '../whole-number.ts'
import { withHub } from '../with-hub.ts'

const minuteMs = 60_000

/** A week: what runs less often is better started by a calendar. */
const longestPauseMinutes = 10_080

/** Stays up: health checks, the API, and cycles at an interval. Stops gracefully at Ctrl-C or SIGTERM. */
export const serve: CommandAction = async (context, input) => {
  const { terminal } = context
  const address = readAddress(context, input)
  const every = readWholeNumber(optionValue(input, 'every'), {
    name: 'every',
    from: 1,
    to: longestPauseMinutes,
  })
  const telemetry = await createTelemetry(context.config.tracing)
  try {
    await withHub({ ...context, telemetry }, 'serve', async (hub) => {
      const open = await hub.open(await requireApplied(hub, 'affluent serve'))
      await stayUp(context, address, {
        hub,
        open,
        everyMs: every === undefined ? undefined : every * minuteMs,
        keepsLive: true,
        telemetry,
        onListening: (url) => terminal.document('listening', { url }),
      })
    })
  } finally {
    await telemetry.close()
  }
  terminal.note(terminal.translator.t('serve.stopped'))
  return exitCode.done
}

export interface Address {
  readonly host: string
  readonly port: number
}

/** Where to listen: options before the environment. Throws `usage.wrong`. */
export function readAddress({ config }: CommandContext, input: CommandInput): Address {
  const port = readWholeNumber(optionValue(input, 'port'), { name: 'port', from: 0, to: 65_535 })
  return { host: optionValue(input, 'host') ?? config.host, port: port ?? config.port }
}

export interface StayUp {
  readonly hub: Hub
  readonly open: OpenWorkspace
  /** Time between the starts of two cycles, less when signals wait; undefined: no cycles. */
  readonly everyMs: number | undefined
  /** Whether memberships and the audiences of live syncs follow events at once. */
  readonly keepsLive: boolean
  /** Default: metrics, and no traces. */
  readonly telemetry?: HubTelemetry
  readonly onListening: (url: string) => void
}

/** Serves until the signal aborts. */
export async function stayUp(
  context: CommandContext,
  address: Address,
  { hub, open, everyMs, keepsLive, telemetry, onListening }: StayUp,
): Promise<void> {
  const { terminal, config, clock, logger, signal: stopping } = context
  const { t } = terminal.translator
  const alarm = createCycleAlarm(clock)
  const space = createSpaceGuard({ folder: hub.folder, reserveMb: config.diskReserveMb, clock })
  const { publicUrl, env } = config
  const current = createCurrentWorkspace(hub, open, keepsLive ? createFollower(hub, space) : undefined)
  const server = await serveHub(hub, current, {
    ...address,
    publicUrl,
    trustedProxies: config.trustedProxies,
    env,
    oidc: config.oidc,
    ...toListeners(current, alarm, keepsLive),
    operation: { space, alerts: config.alerts, translator: terminal.translator, everyMs, stopping },
    ...(telemetry && { telemetry }),
    clock,
    logger,
  })
  terminal.say(t('serve.listening', { url: server.url }))
  if (publicUrl !== undefined) {
    const addresses = await readWebhookAddresses(open.workspace.connections.keys(), publicUrl, open)
    for (const address of addresses) terminal.say(t('serve.webhook', { ...address }))
  }
  if (await isWithoutUsers(hub)) await tellFirstLink(context, hub, publicUrl ?? server.url)
  terminal.say(terminal.style('dim', t('serve.stop')))
  onListening(server.url)
  try {
    // Without cycles, nobody else brings in what an earlier process left.
    if (everyMs === undefined) current.live()?.wake()
    await runCycles(context, { current, everyMs, alarm, space })
  } finally {
    await server.close()
    await current.stop()
  }
}

/** What the hub does by itself is asked by nobody: whoever started it may approve it. */
const hubActor = 'hub'

const createFollower =
  ({ duckdb }: Hub, space: SpaceGuard) =>
  (open: OpenWorkspace): ReturnType<typeof startLiveLoop> =>
    startLiveLoop({
      ports: open,
      workspace: open.workspace,
      actor: hubActor,
      maySync: () => space.maySync(),
      useThreads: (count) => duckdb.useThreads(count),
      shortenLog: () => duckdb.shortenLog(),
      checkpoint: () => duckdb.checkpoint(),
    })

/** Who is told when something comes from outside. */
function toListeners(
  current: CurrentWorkspace,
  alarm: CycleAlarm,
  keepsLive: boolean,
): Pick<ServeOptions, 'onSignals' | 'onEvents' | 'onKept'> {
  if (!keepsLive) return { onSignals: () => alarm.ring(), onEvents: () => undefined }
  return {
    onSignals() {
      alarm.ring()
      current.live()?.heed()
      void wakeForPicks(current)
    },
    onEvents(records) {
      if (records > 0) current.live()?.wake()
    },
    onKept: () => current.live()?.wake(),
  }
}

/** Who was picked into a segment is found at once, too. */
async function wakeForPicks(current: CurrentWorkspace): Promise<void> {
  const open = current.open()
  if ((await heedPicks(open, open.workspace)) > 0) current.live()?.wake()
}

/** Before anybody can sign in, whoever started the hub gets the link that makes the first administrator. */
async function tellFirstLink(
  { terminal, clock }: CommandContext,
  { control }: Hub,
  address: string,
): Promise<void> {
  const owner = { kind: 'local', name: userInfo().username } as const
  const { token, expiresAt } = await issueAdminLink({ control, clock }, owner)
  terminal.say(terminal.translator.t('serve.first_user', { until: terminal.instant(expiresAt) }))
  terminal.say(`  ${address}/join/${token}`)
}

interface CycleLoop extends Pick<StayUp, 'everyMs'> {
  readonly current: CurrentWorkspace
  readonly space: SpaceGuard
  readonly alarm: CycleAlarm
}

/** How long a full disk is waited for before it is looked at again, in milliseconds. */
const roomPauseMs = 30_000

/** Faults of the disk that pass when somebody makes room: the hub waits for that, and keeps what clients send meanwhile if it can. */
const passingFaults: ReadonlySet<string> = new Set(['store.space_low', 'store.disk_full', 'store.unwritable'])

async function runCycles(context: CommandContext, loop: CycleLoop): Promise<void> {
  const { clock, signal, logger } = context
  const timesOf = ofCurrent(loop.current, ({ workspace, control }) =>
    createCycleTimes({ ...loop, workspace, control, clock }),
  )
  while (!signal.aborted) {
    try {
      const turn = await nextTurn(timesOf(), loop.current, signal)
      if (turn) await runTurn(context, loop, turn)
    } catch (error) {
      // A stop that was asked for ends the waiting and the run; the run goes on at the next start.
      if (signal.aborted) return
      const { code } = toAffluentError(error, 'running a cycle')
      if (!passingFaults.has(code)) throw error
      logger.error('cycle_failed', { code })
      await clock.sleep(roomPauseMs, signal).catch(() => undefined)
    }
  }
}

/** Undefined: other manifests came into force, with other hours. */
async function nextTurn(
  times: CycleTimes,
  current: CurrentWorkspace,
  signal: AbortSignal,
): Promise<CycleTurn | undefined> {
  const replaced = current.replaced()
  try {
    return await times.next(AbortSignal.any([signal, replaced]))
  } catch (error) {
    if (replaced.aborted) return undefined
    throw error
  }
}

async function runTurn(
  { terminal, notices, clock, signal, logger }: CommandContext,
  { current, space }: CycleLoop,
  { syncs }: CycleTurn,
): Promise<void> {
  while (!space.maySync()) {
    logger.warn('syncs_paused', { code: 'store.space_low' })
    await clock.sleep(roomPauseMs, signal)
  }
  await current.alone(() => {
    const open = current.open()
    const { workspace } = open
    return runCycle(open, {
      // What was due may be gone since.
      ...(syncs && { syncs: syncs.filter((name) => workspace.syncs.has(name)) }),
      workspace,
      asOf: clock.now(),
      actor: hubActor,
      signal,
      onEvent: createCycleView(terminal, notices),
    })
  })
}

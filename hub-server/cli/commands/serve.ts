import { userInfo } from 'node:os'
import { toAffluentError } from '../../../core/errors/affluent-error.ts'
import { issueAdminLink, isWithoutUsers } from '../../access/people.ts'
import { requireApplied, type Hub, type OpenWorkspace } from '../../hub.ts'
import { readWebhookAddresses } from '../../inbox/webhook-addresses.ts'
import { createSpaceGuard, type SpaceGuard } from '../../operation/space-guard.ts'
import { serveHub, type ServeOptions } from '../../serve-hub.ts'
import { createTelemetry, type HubTelemetry } from '../../telemetry/create-telemetry.ts'
import { createCycleAlarm, type CycleAlarm } from '../../worker/cycle-alarm.ts'
import { createCycleTimes, type CycleTurn } from '../../worker/cycle-times.ts'
import { heedPicks } from '../../worker/heed-picks.ts'
import { startLiveLoop, type LiveLoop } from '../../worker/live-loop.ts'
import { runCycle } from '../../worker/run-cycle.ts'
import { cliActor } from '../cli-actor.ts'
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
  const { terminal, config, clock, logger, signal } = context
  const { t } = terminal.translator
  const alarm = createCycleAlarm(clock)
  const space = createSpaceGuard({ folder: hub.folder, reserveMb: config.diskReserveMb, clock })
  const { publicUrl, env } = config
  const live = keepsLive
    ? startLiveLoop({ ports: open, workspace: open.workspace, actor: cliActor() })
    : undefined
  const server = await serveHub(hub, open, {
    ...address,
    publicUrl,
    trustedProxies: config.trustedProxies,
    env,
    oidc: config.oidc,
    ...toListeners(open, alarm, live),
    operation: { space, alerts: config.alerts, translator: terminal.translator, everyMs },
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
    const hasHours = [...open.workspace.syncs.values()].some(({ schedule }) => schedule !== undefined)
    // Without cycles, nobody else brings in what an earlier process left.
    if (everyMs === undefined) live?.wake()
    if (everyMs === undefined && !hasHours) await untilAborted(signal)
    else await runCycles(context, { open, everyMs, alarm, live, space })
  } finally {
    await server.close()
    await live?.stop()
  }
}

/** Who is told when something comes from outside. */
function toListeners(
  open: OpenWorkspace,
  alarm: CycleAlarm,
  live: LiveLoop | undefined,
): Pick<ServeOptions, 'alone' | 'onSignals' | 'onEvents' | 'onKept'> {
  if (!live) return { onSignals: () => alarm.ring(), onEvents: () => undefined }
  return {
    alone: (work) => live.runCycle(work),
    onSignals() {
      alarm.ring()
      live.heed()
      void wakeForPicks(open, live)
    },
    onEvents(records) {
      if (records > 0) live.wake()
    },
    onKept: () => live.wake(),
  }
}

/** Who was picked into a segment is found at once, too. */
async function wakeForPicks(open: OpenWorkspace, live: LiveLoop): Promise<void> {
  if ((await heedPicks(open, open.workspace)) > 0) live.wake()
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

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

interface CycleLoop extends Pick<StayUp, 'open' | 'everyMs'> {
  readonly space: SpaceGuard
  readonly alarm: CycleAlarm
  readonly live: LiveLoop | undefined
}

/** How long a full disk is waited for before it is looked at again, in milliseconds. */
const roomPauseMs = 30_000

/** Faults of the disk that pass when somebody makes room: the hub waits for that, and keeps what clients send meanwhile if it can. */
const passingFaults: ReadonlySet<string> = new Set(['store.space_low', 'store.disk_full', 'store.unwritable'])

async function runCycles(context: CommandContext, loop: CycleLoop): Promise<void> {
  const { clock, signal, logger } = context
  const { open, everyMs, alarm } = loop
  const times = createCycleTimes({ workspace: open.workspace, control: open.control, everyMs, alarm, clock })
  while (!signal.aborted) {
    try {
      const turn = await times.next(signal)
      await runTurn(context, loop, turn)
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

async function runTurn(
  { terminal, notices, clock, signal, logger }: CommandContext,
  { open, live, space }: CycleLoop,
  turn: CycleTurn,
): Promise<void> {
  while (!space.maySync()) {
    logger.warn('syncs_paused', { code: 'store.space_low' })
    await clock.sleep(roomPauseMs, signal)
  }
  const cycle = (): Promise<unknown> =>
    runCycle(open, {
      ...turn,
      workspace: open.workspace,
      asOf: clock.now(),
      actor: cliActor(),
      signal,
      onEvent: createCycleView(terminal, notices),
    })
  await (live ? live.runCycle(cycle) : cycle())
}

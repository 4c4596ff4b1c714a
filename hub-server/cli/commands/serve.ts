import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { requireApplied, type Hub, type OpenWorkspace } from '../../hub.ts'
import { serveHub } from '../../serve-hub.ts'
import { runCycle } from '../../worker/run-cycle.ts'
import { cliActor } from '../cli-actor.ts'
import { optionValue, type CommandContext, type CommandDefinition, type CommandInput } from '../command.ts'
import { createCycleView } from '../cycle-view.ts'
import { exitCode } from '../exit-code.ts'
import { withHub } from '../with-hub.ts'

const minuteMs = 60_000

/** Stays up: health checks, the API, and cycles at an interval. Stops gracefully at Ctrl-C or SIGTERM. */
export const serveCommand: CommandDefinition = {
  name: 'serve',
  options: [
    { name: 'port', value: 'PORT' },
    { name: 'host', value: 'ADDRESS' },
    { name: 'every', value: 'MINUTES' },
  ],
  examples: ['affluent serve', 'affluent serve --port 8080 --every 15'],
  async run(context, input) {
    const everyMs = readMinutes(optionValue(input, 'every'))
    await withHub(context, 'serve', async (hub) => {
      const open = await hub.open(await requireApplied(hub, 'affluent serve'))
      await stayUp(context, input, { hub, open, everyMs })
    })
    return exitCode.done
  },
}

function readMinutes(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const minutes = Number(text)
  if (minutes > 0 && minutes <= 10_080) return minutes * minuteMs
  throw new AffluentError('usage.wrong', {
    act: `affluent serve --every ${text.slice(0, 20)}`,
    expected: '1–10080',
  })
}

export interface StayUp {
  readonly hub: Hub
  readonly open: OpenWorkspace
  /** Time between the starts of two cycles; undefined: no cycles. */
  readonly everyMs: number | undefined
}

/** Serves until the signal aborts. */
export async function stayUp(
  context: CommandContext,
  input: CommandInput,
  { hub, open, everyMs }: StayUp,
): Promise<void> {
  const { terminal, config, clock, logger, signal } = context
  const { t } = terminal.translator
  const server = await serveHub(hub, open, {
    host: optionValue(input, 'host') ?? config.host,
    port: Number(optionValue(input, 'port') ?? config.port),
    apiToken: config.apiToken,
    clock,
    logger,
  })
  terminal.say(t('serve.listening', { url: server.url }))
  terminal.say(terminal.style('dim', t('serve.stop')))
  try {
    if (everyMs === undefined) await untilAborted(signal)
    else await runCycles(context, open, everyMs)
  } finally {
    await server.close()
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

async function runCycles(context: CommandContext, open: OpenWorkspace, everyMs: number): Promise<void> {
  const { terminal, clock, signal } = context
  while (!signal.aborted) {
    const startedAt = clock.now()
    try {
      await runCycle(open, {
        workspace: open.workspace,
        asOf: startedAt,
        actor: cliActor(),
        signal,
        onEvent: createCycleView(terminal),
      })
      await clock.sleep(Math.max(0, startedAt + everyMs - clock.now()), signal)
    } catch (error) {
      // A stop that was asked for ends the waiting and the run; the run goes on at the next start.
      if (!signal.aborted) throw error
    }
  }
}

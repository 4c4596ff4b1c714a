import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeApiKey } from '../../hub-server/access/api-key-book.ts'
import type { ApiKeyScope } from '../../hub-server/access/permissions.ts'
import { createCurrentWorkspace, type CurrentWorkspace } from '../../hub-server/current-workspace.ts'
import { dataPaths } from '../../hub-server/data-paths.ts'
import { openHub, requireApplied, type Hub, type OpenWorkspace } from '../../hub-server/hub.ts'
import { systemClock } from '../../hub-server/net/system-clock.ts'
import { serveHub, type ServeOptions } from '../../hub-server/serve-hub.ts'
import { createLogger } from '../../hub-server/telemetry/logger.ts'
import type { LiveLoop } from '../../hub-server/worker/live-loop.ts'
import { httpRequest, type HttpAnswer, type HttpCall } from './http-request.ts'
import { runCli } from './run-cli.ts'

export interface ServedHub {
  readonly folder: string
  readonly hub: Hub
  readonly current: CurrentWorkspace
  readonly url: string
  /** Lines of the log. */
  readonly lines: readonly string[]
  /** As the person at this machine, unless the call says who. */
  call(path: string, call?: HttpCall): Promise<HttpAnswer>
  /** Makes an API key. */
  key(name: string, scopes: readonly ApiKeyScope[]): Promise<string>
  close(): Promise<void>
}

export interface ServedHubSettings {
  /** Keeps memberships up to the second, as `affluent serve` does. Default: nothing does. */
  readonly follow?: (open: OpenWorkspace) => LiveLoop
  /** Where its folder is made. Default: among the temporary ones. */
  readonly within?: string
  /** Default: any free one. */
  readonly port?: number
  /** Its environment. Default: empty. */
  readonly env?: Readonly<Record<string, string>>
  /** What keeps an eye on it. Default: nobody is told of anything. */
  readonly operation?: ServeOptions['operation']
  /** What else it is served with. Default: no public address, no single sign-on. */
  readonly serve?: Partial<Pick<ServeOptions, 'publicUrl' | 'oidc' | 'beside' | 'limits'>>
  /** Adds to the workspace before it is applied. */
  readonly arrange?: (folder: string) => Promise<void>
}

/** The workspace that `affluent init` makes, applied and run once, and served as `affluent serve` does. */
export async function aServedHub(settings: ServedHubSettings = {}): Promise<ServedHub> {
  const { within = tmpdir(), port = 0, env = {}, operation } = settings
  const folder = await mkdtemp(join(within, 'served-'))
  const words = ['--country', 'FR', '--audience', 'Readers', '--purpose', 'newsletter', '--yes']
  const mustRun = (...command: string[]): Promise<void> => runOrThrow(command, env)
  await mustRun('init', folder, ...words)
  await settings.arrange?.(folder)
  await mustRun('apply', '--yes', '--workspace', folder)
  await mustRun('run', '--workspace', folder)
  const lines: string[] = []
  const logger = createLogger({ level: 'debug', destination: { write: (line) => lines.push(line) } })
  const clock = systemClock
  const hub = await openHub({
    folder,
    purpose: 'serve',
    env,
    clock,
    logger,
    memoryMb: 300,
    random: Math.random,
    signal: new AbortController().signal,
    secrets: {},
    redisUrl: undefined,
  })
  const open = await hub.open(await requireApplied(hub, 'serving'))
  const current = createCurrentWorkspace(hub, open, settings.follow)
  const server = await serveHub(hub, current, {
    host: '127.0.0.1',
    port,
    publicUrl: undefined,
    env,
    clock,
    logger,
    onSignals: () => undefined,
    onEvents: () => undefined,
    ...settings.serve,
    ...(operation && { operation }),
    ...(settings.follow && { onKept: () => current.live()?.wake() }),
  })
  const token = (await readFile(dataPaths(folder).localToken, 'utf8')).trim()
  return {
    folder,
    hub,
    current,
    url: server.url,
    lines,
    call: (path, call) =>
      httpRequest(`${server.url}${path}`, {
        ...call,
        headers: { authorization: `Bearer ${token}`, ...call?.headers },
      }),
    async key(name, scopes) {
      const ports = { control: hub.control, clock }
      return (await makeApiKey(ports, { kind: 'local', name: 'ada' }, { name, scopes, days: 30 })).key
    },
    async close() {
      await server.close()
      await current.stop()
      await hub.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function runOrThrow(words: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
  const { code, err } = await runCli(words, { env })
  if (code !== 0) throw new Error(err)
}

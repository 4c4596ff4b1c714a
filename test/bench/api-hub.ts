import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { dataPaths } from '../../hub-server/data-paths.ts'
import { freePort } from '../support/free-port.ts'
import { httpRequest } from '../support/http-request.ts'

/** What people start: it also sets how many questions the process works on at once. */
const launcher = fileURLToPath(new URL('../../hub-server/bin/affluent.js', import.meta.url))

/** How often a starting hub is asked whether it is ready, in milliseconds. */
const askEveryMs = 10

/** A command on a workspace whose audiences are at `metaUrl`. */
function begin(folder: string, metaUrl: string, words: readonly string[]): ChildProcess {
  return spawn(process.execPath, [launcher, ...words, '--workspace', folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      META_BASE_URL: metaUrl,
      META_ACCESS_TOKEN: 'sandbox-token',
      AFFLUENT_PRIVATE_NETWORKS: '127.0.0.1',
    },
  })
}

/** Runs a command of the command line to its end. Throws unless it succeeds. */
export async function runCommand(folder: string, metaUrl: string, ...words: string[]): Promise<void> {
  const [code] = await once(begin(folder, metaUrl, words), 'close')
  if (code !== 0) throw new Error(`affluent ${words.join(' ')} ended with ${String(code)}`)
}

/** `affluent serve` in a process of its own. */
export interface ApiHub {
  readonly url: string
  readonly token: string
  /** From the start of the process until it said that it is ready. */
  readonly readyMs: number
  /** What was left for it to replay, in megabytes. */
  readonly walMb: number
  get(path: string): Promise<unknown>
  /** Begins a cycle, and names the operation. */
  startCycle(): Promise<string>
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

export async function startApiHub(folder: string, metaUrl: string): Promise<ApiHub> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const paths = dataPaths(folder)
  const wal = `${paths.warehouse}.wal`
  const walMb = existsSync(wal) ? Math.round(statSync(wal).size / 2 ** 20) : 0
  const startedAt = performance.now()
  const child = begin(folder, metaUrl, ['serve', '--port', String(port)])
  const closed = once(child, 'close')
  await untilReady(child, url)
  const readyMs = performance.now() - startedAt
  const token = (await readFile(paths.localToken, 'utf8')).trim()
  const headers = { authorization: `Bearer ${token}` }
  return {
    url,
    token,
    readyMs,
    walMb,
    get: async (path) => (await httpRequest(`${url}${path}`, { headers })).json,
    async startCycle() {
      const answer = await httpRequest(`${url}/v1/runs`, {
        method: 'POST',
        headers: {
          ...headers,
          'content-type': 'application/json',
          'idempotency-key': `cycle-${performance.now()}`.replaceAll('.', '-'),
        },
        body: '{}',
      })
      return z.object({ id: z.string() }).parse(answer.json).id
    },
    async stop(signal) {
      child.kill(signal)
      await closed
    },
  }
}

async function untilReady(child: ChildProcess, url: string): Promise<void> {
  while (child.exitCode === null) {
    const answer = await httpRequest(`${url}/readyz`).catch(() => undefined)
    if (answer?.status === 200) return
    await wait(askEveryMs)
  }
  throw new Error(`the hub ended with ${child.exitCode}`)
}

import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort } from './free-port.ts'
import { spawnChild } from './spawn-child.ts'

/** A Redis of its own for one test: in memory, on a free port of this machine. */
export interface TestRedis {
  readonly port: number
  /** Kills it, as a crash would. */
  kill(): Promise<void>
  /** Starts it again on the same port, knowing nothing. */
  start(): Promise<void>
}

/**
 * Where a Redis server is: AFFLUENT_TEST_REDIS_SERVER, else `redis-server` or `valkey-server` on the path. Undefined: there is none, and
 * tests that need one are skipped.
 */
export function findRedisServer(): string | undefined {
  const given = process.env['AFFLUENT_TEST_REDIS_SERVER']
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const candidates = ['redis-server', 'valkey-server'].flatMap((name) =>
    folders.map((folder) => join(folder, name)),
  )
  return [...(given === undefined ? [] : [given]), ...candidates].find(isProgram)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

export async function startRedis(program: string): Promise<TestRedis> {
  const port = await freePort()
  let server: ChildProcess | undefined
  const redis: TestRedis = {
    port,
    async start() {
      const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
      const child = spawnChild(program, settings)
      child.stderr.pipe(process.stderr, { end: false })
      server = child
      for await (const line of createInterface({ input: child.stdout }))
        if (line.includes('Ready to accept connections')) break
      child.stdout.resume()
    },
    async kill() {
      if (!server || server.exitCode !== null || server.signalCode !== null) return
      server.kill('SIGKILL')
      await once(server, 'exit')
    },
  }
  await redis.start()
  return redis
}

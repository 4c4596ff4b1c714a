import { readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import type { Environment } from '../../config.ts'
import type { Machine } from './doctor-desk.ts'

/** How long somebody who listens may take to answer, in milliseconds. */
const patienceMs = 2_000

/** Magic numbers of file systems (statfs(2)). */
const kinds: ReadonlyMap<number, string> = new Map([
  [0x6969, 'nfs'],
  [0x517b, 'smb'],
  [0xff534d42, 'cifs'],
  [0xfe534d42, 'smb'],
  [0x65735546, 'fuse'],
  [0x01021997, '9p'],
])

/** The machine that this process runs on. */
export function thisMachine(env: Environment): Machine {
  return {
    nodeVersion: process.version,
    memoryMb: process.constrainedMemory() / 1024 ** 2,
    disk(folder) {
      const { bavail, bsize, type } = statfsSync(folder)
      return { free: bavail * bsize, kind: kinds.get(type) ?? 'local' }
    },
    fileLimit: readFileLimit(),
    timeZoneVariable: env['TZ'] === '' ? undefined : env['TZ'],
    tryListen,
    tryConnect,
    tryWrite(folder) {
      const probe = join(folder, '.doctor-probe')
      try {
        writeFileSync(probe, '', { mode: 0o600 })
        return undefined
      } catch (thrown) {
        return codeOf(thrown)
      } finally {
        rmSync(probe, { force: true })
      }
    },
  }
}

const codeOf = (thrown: unknown): string =>
  thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown'

/** The soft limit of open files where the system tells it (Linux), else as many as anybody wants. */
function readFileLimit(): number {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return soft === undefined ? Infinity : Number(soft)
  } catch {
    return Infinity
  }
}

function tryListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error) => resolve(codeOf(error)))
    server.listen({ host, port }, () => server.close(() => resolve(undefined)))
  })
}

function tryConnect(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const end = (reason: string | undefined): void => {
      socket.destroy()
      resolve(reason)
    }
    socket.setTimeout(patienceMs, () => end('ETIMEDOUT'))
    socket.once('connect', () => end(undefined))
    socket.once('error', (error) => end(codeOf(error)))
  })
}

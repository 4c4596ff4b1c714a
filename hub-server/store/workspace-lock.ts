import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Clock } from '../../core/port/clock.ts'
import { toStoreError } from './to-store-error.ts'
import { writeDurably } from './write-durably.ts'

/** What a second process is told about the first. */
const holderSchema = z.strictObject({
  pid: z.int(),
  /** ISO instant. */
  since: z.string(),
  purpose: z.string(),
  address: z.string().exactOptional(),
})
type Holder = z.output<typeof holderSchema>

export interface WorkspaceLock {
  /** Adds the address at which the holder can be reached, once it is known. */
  announce(address: string): void
  /** Lets go. Calling it twice does no harm. */
  release(): void
}

export interface WorkspaceLockOptions {
  /** What the holder is doing, in one word or command: "serve", "run", "apply". */
  readonly purpose: string
  readonly clock: Clock
  /** True for a look: the note that says who holds it is left as it is. Default false. */
  readonly silent?: boolean
}

/**
 * The locks of this process. Node closes a database that nothing refers to any more, and with it would go the lock: of a process that does not look at
 * it again, a second one could take the folder.
 */
const held = new Set<DatabaseSync>()

/**
 * Takes the data folder for this process alone, because two processes on one embedded store lose data. The lock is the operating
 * system's own, taken by SQLite on `lock.sqlite`: the kernel frees it when the process ends in any way, SIGKILL included, and
 * keeps it while the process is only stopped or busy. Nothing is ever stolen, and a process number in a file decides nothing:
 * `lock-holder.json` only says who it is.
 *
 * Throws `store.locked` at once when another process holds it. The lock works on local disks; on a network file system it is as
 * good as that system's byte-range locks. No code of this process may open `lock.sqlite` by other means: closing it would drop
 * the lock (POSIX).
 */
export function acquireWorkspaceLock(folder: string, options: WorkspaceLockOptions): WorkspaceLock {
  const file = join(folder, 'lock.sqlite')
  const holderFile = join(folder, 'lock-holder.json')
  const act = 'locking the data folder'
  try {
    const database = lock(folder, file)
    held.add(database)
    const holder = {
      pid: process.pid,
      since: new Date(options.clock.now()).toISOString(),
      purpose: options.purpose,
    }
    const describe = (description: Holder): void =>
      writeDurably(holderFile, `${JSON.stringify(description)}\n`)
    if (options.silent !== true) describe(holder)
    return {
      announce: (address) => describe({ ...holder, address }),
      release() {
        if (!database.isOpen) return
        held.delete(database)
        if (options.silent !== true) rmSync(holderFile, { force: true })
        database.close()
      },
    }
  } catch (error) {
    const known = toStoreError(error, act, folder)
    throw known.code === 'store.locked' ? lockedBy(readHolder(holderFile), folder, error) : known
  }
}

function lock(folder: string, file: string): DatabaseSync {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const database = new DatabaseSync(file, { timeout: 0 })
  try {
    database.exec('BEGIN EXCLUSIVE')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function lockedBy(holder: Holder | undefined, folder: string, cause: unknown): AffluentError {
  const unknown = { pid: 'unknown', since: 'unknown', purpose: 'unknown' }
  return new AffluentError(
    'store.locked',
    { act: 'locking the data folder', file: folder, ...(holder ?? unknown) },
    { cause },
  )
}

/** Undefined in the moment between taking the lock and writing the file, and when somebody removed or garbled the file. */
function readHolder(holderFile: string): Holder | undefined {
  try {
    const parsed = holderSchema.safeParse(JSON.parse(readFileSync(holderFile, 'utf8')))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}

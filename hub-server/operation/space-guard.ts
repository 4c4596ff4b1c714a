import { statfsSync } from 'node:fs'
import type { Clock } from '../../core/port/clock.ts'

/** Events are refused below this share of the reserve: what is left must do for settling what is under way. */
const ingestShare = 0.25

/** How long a look at the disk is good for, in milliseconds. */
const freshMs = 1_000

/** Room left and room wanted on a disk, in bytes. */
interface Space {
  readonly free: number
  /** Below it cycles pause. */
  readonly syncReserve: number
  /** Below it events are refused; smaller than the other, so that what arrives is kept for as long as can be. */
  readonly ingestReserve: number
}

/** Looks at the disk before it is full: a full one stops everything at once, at a place nobody chose. */
export interface SpaceGuard {
  readonly look: () => Space
  readonly maySync: () => boolean
  readonly mayIngest: () => boolean
}

export interface SpaceGuardOptions {
  readonly folder: string
  readonly reserveMb: number
  readonly clock: Clock
  /** Bytes free in a folder. Default: the file system's answer for somebody who is not root. */
  readonly readFree?: (folder: string) => number
}

/** Watches the disk that the data folder lies on. A disk that does not answer counts as full. */
export function createSpaceGuard({
  folder,
  reserveMb,
  clock,
  readFree = freeBytes,
}: SpaceGuardOptions): SpaceGuard {
  const syncReserve = reserveMb * 1024 ** 2
  const ingestReserve = Math.floor(syncReserve * ingestShare)
  let seen = { at: -Infinity, free: 0 }
  const look = (): Space => {
    const at = clock.now()
    if (Math.abs(at - seen.at) > freshMs) seen = { at, free: readFree(folder) }
    return { free: seen.free, syncReserve, ingestReserve }
  }
  return {
    look,
    maySync: () => look().free >= syncReserve,
    mayIngest: () => look().free >= ingestReserve,
  }
}

function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch {
    return 0
  }
}

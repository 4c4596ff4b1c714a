import { existsSync, readlinkSync } from 'node:fs'
import { constants, getPriority, setPriority } from 'node:os'
import { basename } from 'node:path'

/** Where Linux tells the calling thread its number: "4711/task/4712". */
const ownThread = '/proc/thread-self'

/**
 * Lets the other threads of this process have the processor first, the calling one when they rest: for work that may take until the end of a
 * cycle while people wait for answers. Only Linux gives threads priorities of their own; elsewhere nothing changes.
 */
export function goBehind(): void {
  if (process.platform !== 'linux' || !existsSync(ownThread)) return
  const thread = Number(basename(readlinkSync(ownThread)))
  const { PRIORITY_BELOW_NORMAL: behind } = constants.priority
  // Nobody but an administrator may come forward again: a hub that was started further behind stays there.
  if (getPriority(thread) < behind) setPriority(thread, behind)
}

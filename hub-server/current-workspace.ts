import { AsyncLocalStorage } from 'node:async_hooks'
import { toAffluentError } from '../core/errors/affluent-error.ts'
import type { Hub, OpenWorkspace } from './hub.ts'
import type { LiveLoop } from './worker/live-loop.ts'
import { createStageLock } from './worker/stage-lock.ts'

/** The workspace that a hub which stays up works with: one at a time, and another one after an `apply`. */
export interface CurrentWorkspace {
  /** What is in force. Ask again for each thing to be done, and keep no part of it. */
  readonly open: () => OpenWorkspace
  /** Aborts when something else comes into force. */
  readonly replaced: () => AbortSignal
  /** What keeps memberships up to the second; undefined where nothing does. */
  readonly live: () => LiveLoop | undefined
  /** Runs a cycle: after whatever else runs alone, and beside nothing that delivers. */
  alone<Result>(work: () => Promise<Result>): Promise<Result>
  /**
   * Puts another workspace in force: after the cycle that is under way, and with everything else that works by itself stopped. `change` writes down what
   * is in force and opens it; when it throws, what was in force stays so. Requests that are under way end with what they began with.
   */
  replace(change: () => Promise<OpenWorkspace>): Promise<void>
  /** Ends what works by itself. */
  stop(): Promise<void>
}

/** `follow` starts what keeps memberships up to the second, of each workspace that comes into force. */
export function createCurrentWorkspace(
  hub: Pick<Hub, 'release'>,
  first: OpenWorkspace,
  follow?: (open: OpenWorkspace) => LiveLoop,
): CurrentWorkspace {
  // What follows the workspace belongs to the hub, not to the request that put it in force.
  const outside = AsyncLocalStorage.snapshot()
  const start = (open: OpenWorkspace): LiveLoop | undefined => outside(() => follow?.(open))
  const lock = createStageLock()
  let open = first
  let live = start(open)
  let replaced = new AbortController()
  let isStopped = false

  async function exchange(change: () => Promise<OpenWorkspace>): Promise<void> {
    const before = open
    await settle(live)
    try {
      open = await change()
    } catch (thrown) {
      await takeBack(before)
      throw thrown
    } finally {
      live = isStopped ? undefined : start(open)
      live?.wake()
      live?.heed()
    }
    const told = replaced
    replaced = new AbortController()
    told.abort()
    // After the page of events that may be under way.
    await before.eventDrain.drain(AbortSignal.abort())
    await hub.release(before)
  }

  return {
    open: () => open,
    replaced: () => replaced.signal,
    live: () => live,
    alone: (work) => lock.exclusive(() => (live ? live.runCycle(work) : work())),
    replace: (change) => lock.exclusive(() => exchange(change)),
    async stop() {
      isStopped = true
      await lock.exclusive(async () => live?.stop())
    },
  }
}

/** Lets deliveries end that are under way, as before a cycle, and then stops. */
async function settle(live: LiveLoop | undefined): Promise<void> {
  await live?.runCycle(() => Promise.resolve())
  await live?.stop()
}

/** A change that failed may have made the tables ready for manifests that are not in force. */
async function takeBack({ profiles, workspace, logger }: OpenWorkspace): Promise<void> {
  try {
    await profiles.prepare(workspace.profileSchema)
  } catch (thrown) {
    // The next start prepares them again.
    logger.error('apply_untaken', { code: toAffluentError(thrown, 'affluent apply').code })
  }
}

/** Makes something of the workspace in force, and makes it anew when another one comes into force. */
export function ofCurrent<Made>(
  { open }: Pick<CurrentWorkspace, 'open'>,
  make: (open: OpenWorkspace) => Made,
): () => Made {
  let of: OpenWorkspace | undefined
  let made: Made | undefined
  return () => {
    const now = open()
    if (made === undefined || of !== now) {
      of = now
      made = make(now)
    }
    return made
  }
}

import { randomUUID } from 'node:crypto'
import type { Clock } from '../../core/port/clock.ts'
import type { Logger } from '../../core/port/logger.ts'
import type { Sealer } from '../../core/port/sealer.ts'
import { createOperations } from '../api/operations.ts'
import type { Environment } from '../config.ts'
import type { CurrentWorkspace } from '../current-workspace.ts'
import { requireApplied, type Hub, type OpenWorkspace } from '../hub.ts'
import { createSecretBox } from '../secrets/secret-box.ts'
import { createCursors } from './cursors.ts'
import { deriveKey } from './derive-key.ts'
import type { HubDesk } from './hub-desk.ts'

export interface DeskOptions {
  readonly env: Environment
  readonly clock: Clock
  readonly logger: Logger
  /** What the hub works with while it stays up; undefined: what is in force is opened when it is asked for. */
  readonly current?: CurrentWorkspace
  /** See `HubDesk`; undefined: it is on no network. */
  readonly address?: HubDesk['address']
}

/** A desk over an open hub. Its operations end when they are closed. */
export function openDesk(hub: Hub, options: DeskOptions): HubDesk {
  const { env, clock, logger, address = () => undefined, current = openOnDemand(hub) } = options
  return {
    hub,
    env,
    clock,
    logger,
    alone: (work) => current.alone(work),
    replace: (change) => current.replace(change),
    open: async (act) => current.open(act),
    operations: createOperations({
      store: hub.control,
      sealer: answerSealer(hub),
      newId: randomUUID,
      clock,
    }),
    address,
    cursors: createCursors(hub.dataKeys.bytes('digest')),
  }
}

/** Of a hub that was opened for one command: nothing else runs, and nothing is in force before it is asked for. */
function openOnDemand(hub: Hub): Pick<HubDesk, 'open' | 'alone' | 'replace'> {
  let opened: Promise<OpenWorkspace> | undefined
  return {
    alone: (work) => work(),
    async replace(change) {
      opened = Promise.resolve(await change())
    },
    open(act) {
      opened ??= openApplied(hub, act).catch((error: unknown) => {
        opened = undefined
        throw error
      })
      return opened
    },
  }
}

async function openApplied(hub: Hub, act: string): Promise<OpenWorkspace> {
  return hub.open(await requireApplied(hub, act))
}

/** Seals answers that are kept for a day: with a key of their own, since they are not worth being sealed anew when keys are rotated. */
export const answerSealer = (hub: Hub): Sealer =>
  createSecretBox(deriveKey(hub.dataKeys.bytes('digest'), 'affluent kept answer 1'))

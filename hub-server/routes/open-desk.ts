import { randomUUID } from 'node:crypto'
import type { Clock } from '../../core/port/clock.ts'
import type { Logger } from '../../core/port/logger.ts'
import type { Sealer } from '../../core/port/sealer.ts'
import { createOperations } from '../api/operations.ts'
import type { Environment } from '../config.ts'
import { requireApplied, type Hub, type OpenWorkspace } from '../hub.ts'
import { createSecretBox } from '../secrets/secret-box.ts'
import { createCursors } from './cursors.ts'
import { deriveKey } from './derive-key.ts'
import type { HubDesk } from './hub-desk.ts'

export interface DeskOptions {
  readonly env: Environment
  readonly clock: Clock
  readonly logger: Logger
  /** What is open already; undefined: it is opened when it is asked for. */
  readonly open?: OpenWorkspace
  /** See `HubDesk`; undefined: nothing else runs cycles. */
  readonly alone?: HubDesk['alone']
  /** See `HubDesk`; undefined: it is on no network. */
  readonly address?: HubDesk['address']
}

/** A desk over an open hub. Its operations end when they are closed. */
export function openDesk(hub: Hub, options: DeskOptions): HubDesk {
  const { env, clock, logger, alone = (work) => work(), address = () => undefined } = options
  let opened: Promise<OpenWorkspace> | undefined = options.open && Promise.resolve(options.open)
  return {
    hub,
    env,
    clock,
    logger,
    alone,
    open(act) {
      opened ??= openApplied(hub, act).catch((error: unknown) => {
        opened = undefined
        throw error
      })
      return opened
    },
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

async function openApplied(hub: Hub, act: string): Promise<OpenWorkspace> {
  return hub.open(await requireApplied(hub, act))
}

/** Seals answers that are kept for a day: with a key of their own, since they are not worth being sealed anew when keys are rotated. */
export const answerSealer = (hub: Hub): Sealer =>
  createSecretBox(deriveKey(hub.dataKeys.bytes('digest'), 'affluent kept answer 1'))

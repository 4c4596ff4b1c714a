import { z } from 'zod'
import type { AuditCheckpoint } from '../../core/audit/checkpoint.ts'
import { toAffluentError } from '../../core/errors/affluent-error.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import type { Logger } from '../../core/port/logger.ts'
import { nameFault } from '../telemetry/name-fault.ts'
import { appendCheckpoint } from './checkpoint-file.ts'
import type { CheckpointSigner } from './checkpoint-key.ts'

/** A tail that was cut off stays unseen at most this long, or this many entries. */
const mostMs = 5 * 60_000
const mostEntries = 1_000
const lookEveryMs = 10_000

const settingName = 'audit_checkpoint'
const lastSchema = z.object({ number: z.int(), at: z.int() })

export interface CheckpointDesk {
  readonly control: Pick<ControlStore, 'auditHead' | 'setting' | 'writeSetting'>
  readonly signer: CheckpointSigner
  /** A file's path, or an https address that each checkpoint is posted to as JSON. */
  readonly place: string
  readonly clock: Clock
  readonly logger: Logger
}

/** Publishes checkpoints to a place outside of the store. */
export interface CheckpointPublisher {
  /** Publishes the end of the chain as it is, unless nothing was added since the last one. A failure is logged and tried again with the next. */
  publish(): Promise<void>
  /** Publishes whenever five minutes or a thousand entries have passed, until the signal aborts. */
  keepPublishing(signal: AbortSignal): Promise<void>
}

export function createCheckpointPublisher(desk: CheckpointDesk): CheckpointPublisher {
  const { control, signer, clock, logger } = desk
  async function publish(): Promise<void> {
    try {
      const head = await control.auditHead()
      const { number } = await readLast(control)
      if (head.number === number) return
      const checkpoint = signer.sign(head, clock.now())
      await put(desk.place, checkpoint)
      await control.writeSetting(settingName, JSON.stringify({ number: head.number, at: checkpoint.at }))
    } catch (error) {
      const { code } = toAffluentError(error, 'publishing a checkpoint')
      logger.error('checkpoint_unpublished', { code, ...nameFault(error) })
    }
  }
  async function isDue(): Promise<boolean> {
    const [head, last] = await Promise.all([control.auditHead(), readLast(control)])
    const fresh = head.number - last.number
    return fresh >= mostEntries || (fresh > 0 && clock.now() - last.at >= mostMs)
  }
  return {
    publish,
    async keepPublishing(signal) {
      while (!signal.aborted) {
        if (await isDue()) await publish()
        await clock.sleep(lookEveryMs, signal).catch(() => undefined)
      }
    },
  }
}

/** Up to which entry, and when, the last checkpoint was published. */
export async function readLast(
  control: Pick<ControlStore, 'setting'>,
): Promise<{ readonly number: number; readonly at: number }> {
  const stored = await control.setting(settingName)
  if (stored === undefined) return { number: 0, at: 0 }
  return lastSchema.parse(JSON.parse(stored))
}

async function put(place: string, checkpoint: AuditCheckpoint): Promise<void> {
  if (!/^https?:\/\//.test(place)) return appendCheckpoint(place, checkpoint)
  const answer = await fetch(place, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(checkpoint),
    redirect: 'error',
  })
  await answer.body?.cancel()
  if (!answer.ok) throw new Error(`answered ${answer.status}`)
}

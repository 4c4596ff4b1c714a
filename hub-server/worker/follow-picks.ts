import { refusePick } from '../../core/membership/refuse-pick.ts'
import type { WaitingSignal } from '../../core/port/inbox.ts'
import type { Pick as HandPick } from '../../core/port/pick-store.ts'
import type { Cycle } from './cycle-ports.ts'

/**
 * Notes what workflows of platforms picked, in the order in which it came. A segment that is not picked by hand any more takes nobody:
 * that is told in the log. Idempotent.
 */
export async function followPicks(
  { picks, workspace, logger }: Pick<Cycle, 'picks' | 'workspace' | 'logger'>,
  waiting: readonly WaitingSignal[],
): Promise<number> {
  const isLeft = ({ signal }: WaitingSignal): boolean => refusePick(workspace, signal) !== undefined
  for (const { signal } of waiting.filter(isLeft))
    logger.warn('pick_left', { segment: signal.segment ?? '', code: 'segment.not_picked' })
  const kept = waiting.filter((told) => !isLeft(told)).flatMap((told) => toPick(told))
  if (kept.length === 0) return 0
  const { noted } = await picks.note(kept)
  return noted
}

function toPick({ connection, receivedAt, signal }: WaitingSignal): HandPick[] {
  const { id, kind, stream, externalId, segment } = signal
  if (kind !== 'picked' && kind !== 'dropped') return []
  if (stream === undefined || externalId === undefined || segment === undefined) return []
  return [
    {
      id: `${connection}:${id}`,
      segment,
      action: kind,
      subject: { connection, stream, externalId },
      at: receivedAt,
      by: `${connection}/workflow`,
    },
  ]
}

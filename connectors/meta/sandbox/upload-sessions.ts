import type { Clock } from '../../../core/port/clock.ts'
import type { SandboxReply } from '../../sandbox-kit/sandbox-server.ts'
import { wrongParameter } from './graph-error.ts'
import { readObject, type Parameters } from './request-parameters.ts'

/** A session ends this long after its first batch. */
const sessionMs = 90 * 60_000

interface Session {
  readonly startedAt: number
  readonly seen: Set<number>
  ended: boolean
}

/** Upload sessions of one ad account. */
export interface UploadSessions {
  /** Takes a batch in: `dropped` when its session is over. A batch that was seen may come again. */
  take(parameters: Parameters): { readonly id: string; readonly dropped: boolean } | { refused: SandboxReply }
}

export function createUploadSessions(clock: Clock): UploadSessions {
  const sessions = new Map<number, Session>()
  let unnamed = 0
  return {
    take(parameters) {
      const given = parameters['session']
      if (given === undefined) {
        unnamed += 1
        return { id: `sandbox${unnamed}`, dropped: false }
      }
      const batch = readBatch(readObject(given) ?? {})
      if ('refused' in batch) return batch
      const { id, sequence, isLast } = batch
      const known = sessions.get(id) ?? { startedAt: clock.now(), seen: new Set(), ended: false }
      sessions.set(id, known)
      const over = known.ended || clock.now() - known.startedAt > sessionMs
      const dropped = over && !known.seen.has(sequence)
      if (!dropped) known.seen.add(sequence)
      if (isLast) known.ended = true
      return { id: String(id), dropped }
    },
  }
}

/** Where a request stands in its session. */
export interface SessionBatch {
  readonly id: number
  readonly sequence: number
  readonly isLast: boolean
}

/** Reads the parameter `session`. */
export function readBatch(session: Parameters): SessionBatch | { refused: SandboxReply } {
  const id = Number(session['session_id'])
  const sequence = Number(session['batch_seq'])
  // Above 2^53 two sessions may look like one once a JSON parser has rounded them.
  if (!Number.isSafeInteger(id))
    return { refused: wrongParameter('Param session[session_id] is no integer.') }
  if (!Number.isSafeInteger(sequence) || sequence < 1)
    return { refused: wrongParameter('Param session[batch_seq] must be 1 or more.') }
  return { id, sequence, isLast: String(session['last_batch_flag']) === 'true' }
}

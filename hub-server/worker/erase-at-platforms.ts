import { z } from 'zod'
import type { ErasureOutcome, PersonToErase } from '../../core/connector/connector.ts'
import { toAffluentError } from '../../core/errors/affluent-error.ts'
import {
  askAgainAfterMs,
  isOpenTarget,
  nextAttemptAt,
  type Erasure,
  type ErasureTarget,
} from '../../core/person-request/erasure.ts'
import { erasurePlace } from '../../core/port/sealer.ts'
import { byConnection } from './by-connection.ts'
import { eraseHere, finishErasure, type ErasureDesk } from './erase-person.ts'

const personSchema: z.ZodType<PersonToErase> = z.object({
  keys: z.array(z.string()),
  sent: z.array(z.record(z.string(), z.unknown())),
})

/**
 * Carries open requests on: erases here what a process that died left, asks every platform that is due, and ends requests of which
 * nobody is left to ask. One platform's trouble holds up no other. Returns the requests as they are now.
 */
export async function carryOnErasures(desk: ErasureDesk): Promise<Erasure[]> {
  const open: Erasure[] = []
  for (const erasure of await desk.control.erasures({ open: true })) open.push(await eraseHere(desk, erasure))
  return askPlatforms(desk, open, (target) => target.nextAt <= desk.clock.now())
}

/** Asks every platform of one request at once, due or not, because a person asks for it. */
export async function carryOnErasure(desk: ErasureDesk, erasure: Erasure): Promise<Erasure> {
  const [asked = erasure] = await askPlatforms(desk, [await eraseHere(desk, erasure)], () => true)
  return asked
}

async function askPlatforms(
  desk: ErasureDesk,
  erasures: readonly Erasure[],
  isDue: (target: ErasureTarget) => boolean,
): Promise<Erasure[]> {
  const due = erasures.flatMap(({ id, targets }) =>
    targets.filter((target) => isOpenTarget(target) && isDue(target)).map((target) => ({ id, target })),
  )
  await byConnection(
    due,
    ({ target }) => target.connection,
    async ({ id, target }) => desk.control.writeErasureTarget(id, await askPlatform(desk, id, target)),
  )
  const asked: Erasure[] = []
  for (const { id } of erasures) {
    const erasure = await desk.control.erasure(id)
    if (!erasure) continue
    const isDone = erasure.state === 'erased_here' && !erasure.targets.some(isOpenTarget)
    asked.push(isDone ? await finishErasure(desk, erasure) : erasure)
  }
  return asked
}

/** Asks one platform once, and says where its target is then. A platform that fails is asked again later, however often. */
async function askPlatform(desk: ErasureDesk, id: string, target: ErasureTarget): Promise<ErasureTarget> {
  const { clock, box, workspace, signal } = desk
  const attempts = target.attempts + 1
  if (target.sealed === null || !workspace.connections.has(target.connection))
    return { ...target, status: 'by_hand', sealed: null, code: 'connector.unknown', toldAt: clock.now() }
  try {
    const person = personSchema.parse(
      JSON.parse(box.open(target.sealed, erasurePlace(id, target.connection))),
    )
    const connection = await desk.connect(target.connection)
    if (!connection.erase) return byHand(target, attempts, clock.now())
    const outcome = await connection.erase(person)
    desk.logger.info('person_erased_at', { connection: target.connection, status: outcome.status })
    return afterAnswer({ ...target, attempts }, outcome, clock.now())
  } catch (thrown) {
    if (signal.aborted) throw thrown
    const { code } = toAffluentError(thrown, 'erasing a person')
    desk.logger.warn('erasure_failed', { connection: target.connection, code, count: attempts })
    return { ...target, status: 'waiting', attempts, code, nextAt: nextAttemptAt(clock.now(), attempts) }
  }
}

/** A connector that cannot erase anybody: its README says what to do on the platform. */
const byHand = (target: ErasureTarget, attempts: number, now: number): ErasureTarget => ({
  ...target,
  status: 'by_hand',
  sealed: null,
  attempts,
  code: 'connector.capability_missing',
  toldAt: now,
})

function afterAnswer(target: ErasureTarget, { status, message }: ErasureOutcome, now: number): ErasureTarget {
  const told = { ...target, code: null, message, toldAt: now }
  if (status === 'failed') return { ...told, status, nextAt: nextAttemptAt(now, target.attempts) }
  if (target.again > 0)
    return { ...told, status: 'waiting', again: target.again - 1, nextAt: now + askAgainAfterMs }
  return { ...told, status, sealed: null }
}

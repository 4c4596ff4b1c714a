import type { PersonToErase } from '../../core/connector/connector.ts'
import { toReceipt, type Erasure, type ErasureTarget } from '../../core/person-request/erasure.ts'
import type { JsonObject } from '../../core/port/json.ts'
import type { ErasureScope } from '../../core/port/person-rights.ts'
import { erasurePlace } from '../../core/port/sealer.ts'
import { wantCompaction } from './compact-stores.ts'
import type { Cycle } from './cycle-ports.ts'

/** What erasing a person works with. */
export type ErasureDesk = Pick<
  Cycle,
  | 'control'
  | 'rights'
  | 'box'
  | 'connect'
  | 'clock'
  | 'logger'
  | 'actor'
  | 'workspace'
  | 'newRunId'
  | 'signal'
>

/** What erasing this person would do here and where they were ever sent. Undefined: no such profile. */
export async function previewErasure(
  { control, rights }: Pick<ErasureDesk, 'control' | 'rights'>,
  profileId: string,
): Promise<ErasureScope | undefined> {
  const running = await control.runs({ state: 'running' })
  const parked = await control.runs({ state: 'parked' })
  return rights.scope(
    profileId,
    [...running, ...parked].map(({ id }) => id),
  )
}

/**
 * Takes a request up: notes it with whom to ask, erases the person here, and leaves the platforms to `eraseAtPlatforms`. A process that
 * dies in between goes on with it in the next cycle. `scope` undefined: the hub knows nobody by that name, which is an answer too.
 */
export async function openErasure(
  desk: ErasureDesk,
  scope: ErasureScope | undefined,
  signal: number | null = null,
): Promise<Erasure> {
  const { control, clock, actor } = desk
  const id = `erasure-${desk.newRunId()}`
  const erasure: Erasure = {
    id,
    state: 'accepted',
    actor,
    requestedAt: clock.now(),
    erasedHereAt: null,
    finishedAt: null,
    profileId: scope?.profileId ?? null,
    signal,
    counts: {},
    targets: scope?.sentTo.map((sent) => toTarget(desk, id, sent)) ?? [],
  }
  await control.openErasure(erasure)
  await control.forgetObjects(scope?.objects ?? [])
  await note(desk, 'erasure_requested', id, {
    destinations: erasure.targets.map((target) => target.connection),
  })
  return eraseHere(desk, erasure)
}

function toTarget(
  { box }: ErasureDesk,
  id: string,
  { connection, inFlight, person }: ErasureScope['sentTo'][number],
): ErasureTarget {
  const { keys, sent }: PersonToErase = person
  return {
    connection,
    status: 'waiting',
    sealed: box.seal(JSON.stringify({ keys, sent }), erasurePlace(id, connection)),
    attempts: 0,
    nextAt: 0,
    again: inFlight ? 1 : 0,
    code: null,
    message: null,
    toldAt: null,
  }
}

/** Erases the person of a request here, where that is not done yet. */
export async function eraseHere(desk: ErasureDesk, erasure: Erasure): Promise<Erasure> {
  if (erasure.state !== 'accepted') return erasure
  const { control, rights, clock } = desk
  const at = clock.now()
  // Wanted before it is needed: a process that dies after the deletion still rewrites the files.
  await wantCompaction(control)
  const counts = erasure.profileId === null ? {} : await rights.eraseHere(erasure.profileId, erasure.id, at)
  await control.noteErasedHere(erasure.id, counts, at)
  await note(desk, 'person_erased_here', erasure.id, { counts })
  return { ...erasure, state: 'erased_here', erasedHereAt: at, profileId: null, counts }
}

/** Ends a request of which nobody is left to ask; its receipt goes into the audit log. */
export async function finishErasure(desk: ErasureDesk, erasure: Erasure): Promise<Erasure> {
  const at = desk.clock.now()
  await desk.control.finishErasure(erasure.id, at)
  const done: Erasure = { ...erasure, state: 'done', finishedAt: at }
  const { here, destinations } = toReceipt(done)
  const told = destinations.map(({ connection, status, at: when }) => ({ connection, status, at: when }))
  await note(desk, 'person_erased', erasure.id, { here, destinations: told })
  return done
}

async function note(
  { control, clock, actor }: ErasureDesk,
  action: string,
  id: string,
  details: JsonObject,
): Promise<void> {
  await control.appendAudit({ at: clock.now(), actor, action, object: `erasure/${id}`, details })
}

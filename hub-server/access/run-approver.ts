import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import type { Run } from '../../core/sync/run.ts'
import { needsSecondPerson, personOf } from './second-person.ts'

/** Whether another person approved, or the same because nobody else could; goes into the audit log. */
export type ApprovalKind = 'second_person' | 'alone'

/**
 * Whether this actor may approve a stopped run. Where two users or more could, those who caused it may not: who started it, and who
 * changed manifests since the sync last went through. Throws `access.own_request`, and `api.not_allowed` for an API key.
 */
export async function checkRunApprover(
  control: ControlStore,
  run: Run,
  actor: string,
): Promise<ApprovalKind> {
  if (actor.startsWith('api_key:')) throw new AffluentError('api.not_allowed', { permission: 'runs:approve' })
  if (!(await needsSecondPerson(control, 'runs:approve'))) return 'alone'
  const since = await lastThrough(control, run.sync)
  const causes = [
    ...(run.startedBy === null ? [] : [run.startedBy]),
    ...(await control.manifestActors(since)),
  ]
  const people = await Promise.all(causes.map((cause) => personOf(control, cause)))
  if (people.includes(actor)) throw new AffluentError('access.own_request')
  return 'second_person'
}

/** Start of the last run of the sync that was carried out; 0 when none was. */
async function lastThrough(control: ControlStore, sync: string): Promise<number> {
  const states = ['succeeded', 'incomplete'] as const
  const last = await Promise.all(states.map((state) => control.runs({ sync, state, limit: 1 })))
  return Math.max(0, ...last.flat().map(({ startedAt }) => startedAt))
}

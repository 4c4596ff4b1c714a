import type { Workspace } from '../../core/manifest/manifest.ts'
import type { Alert } from '../../core/port/alert-book.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import type { Quota } from '../../core/port/quota-book.ts'
import type { Run } from '../../core/sync/run.ts'
import { judgeSchedule } from '../../core/sync/schedule.ts'
import type { Health } from '../api/health.ts'
import { accessCodes, connectionOf } from './connection-health.ts'

export interface ProblemDesk {
  readonly workspace: Workspace
  readonly control: Pick<ControlStore, 'runs' | 'schedules' | 'quotas'>
  readonly health: () => Promise<Health>
  /** Time between cycles of syncs without hours of their own; undefined: nobody promised any. */
  readonly everyMs: number | undefined
  /** When this process began to serve: nothing is overdue before it had its time. */
  readonly servingSince: number
  readonly clock: Clock
}

/**
 * What needs a person now, one entry for each thing that can be mended: an account, a sync, the hub itself. Passing faults are not among them; one
 * that does not pass becomes a sync that is overdue.
 */
export async function readProblems(desk: ProblemDesk): Promise<Alert[]> {
  const problems = new Map<string, Alert>()
  const add = (alert: Alert): void => {
    if (!problems.has(alert.subject)) problems.set(alert.subject, alert)
  }
  for (const { name, code } of (await desk.health()).checks)
    if (code !== null) add({ subject: `hub/${name}`, code, params: {} })
  for (const sync of desk.workspace.syncs.values()) {
    const [last] = await desk.control.runs({ sync: sync.name, limit: 1 })
    const error = last && needsPerson(last) ? last.error : null
    if (error) {
      const connection = connectionOf(sync)
      const subject = accessCodes.has(error.code) ? `connection/${connection}` : `sync/${sync.name}`
      add({ subject, code: error.code, params: { sync: sync.name, connection } })
    } else if (await isOverdue(desk, sync.name))
      add({ subject: `sync/${sync.name}`, code: 'run.overdue', params: { sync: sync.name } })
  }
  for (const { connection } of await lowQuotas(desk))
    add({ subject: `quota/${connection}`, code: 'run.quota_low', params: { connection } })
  return [...problems.values()]
}

/** Quotas of connections in force that are nearly used up. */
export async function lowQuotas({
  workspace,
  control,
  clock,
}: {
  readonly workspace: Workspace
  readonly control: Pick<ControlStore, 'quotas'>
  readonly clock: Clock
}): Promise<Quota[]> {
  const quotas = await control.quotas(clock.now())
  return quotas.filter(({ connection, isLow }) => isLow && workspace.connections.has(connection))
}

const needsPerson = ({ state }: Run): boolean => state === 'failed' || state === 'awaiting_approval'

/** The watchdog: a run that never began, or no success for twice the interval. */
export async function isOverdue(desk: Omit<ProblemDesk, 'health'>, name: string): Promise<boolean> {
  const { control, clock, workspace, everyMs, servingSince } = desk
  const schedule = workspace.syncs.get(name)?.schedule
  const [success] = await control.runs({ sync: name, state: 'succeeded', limit: 1 })
  const lastSuccessAt = success?.finishedAt ?? undefined
  const now = clock.now()
  if (!schedule)
    return everyMs !== undefined && now - Math.max(lastSuccessAt ?? 0, servingSince) > 2 * everyMs + graceMs
  const state = (await control.schedules()).find(({ sync }) => sync === name)
  if (!state) return false
  // A hub that was down answers what it missed when it starts: it is given the time.
  const answered = now - servingSince < graceMs ? Math.max(state.dueAt, servingSince) : state.dueAt
  const since = lastSuccessAt ?? state.begunAt ?? state.dueAt
  return judgeSchedule(schedule, { now, answered, lastSuccessAt, since }) !== undefined
}

/** A cycle may be that long under way before those that wait for it count as late, in milliseconds. */
const graceMs = 15 * 60_000

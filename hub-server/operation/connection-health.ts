import { z } from 'zod'
import { isDeliverSync, type SyncManifest, type Workspace } from '../../core/manifest/manifest.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import type { Quota } from '../../core/port/quota-book.ts'
import type { Sealer } from '../../core/port/sealer.ts'
import type { Run } from '../../core/sync/run.ts'
import { nextDue } from '../../core/sync/schedule.ts'

/**
 * How an account fares. `reconnect`: a person must give access anew. `failing`: the last run of one of its syncs ended with an error. `waiting`: a
 * quota or a person is waited for. `unused`: nothing ran yet.
 */
const connectionStates = ['healthy', 'failing', 'reconnect', 'waiting', 'unused'] as const
type ConnectionState = (typeof connectionStates)[number]

export interface ConnectionHealth {
  readonly connection: string
  readonly connector: string
  readonly state: ConnectionState
  /** Code of the error that stands in the way. */
  readonly problem: string | null
  readonly lastSuccessAt: number | null
  /** Members that were planned and are neither taken nor refused. */
  readonly pending: number
  /** Since when the oldest of them wait. */
  readonly pendingSince: number | null
  /** When the access that is in use was given or renewed. */
  readonly accessSince: number | null
  /** When it ends, where the platform says so. */
  readonly accessUntil: number | null
  /** Who put the connection into force. */
  readonly owner: string | null
  /** The next instant of its syncs' own hours. */
  readonly nextRunAt: number | null
  /** What is left of the platform's quotas, where it tells; the tightest first. */
  readonly quotas: readonly Omit<Quota, 'connection'>[]
}

export interface ConnectionHealthDesk {
  readonly workspace: Workspace
  readonly control: Pick<ControlStore, 'runs' | 'grant' | 'schedules' | 'connectionFacts' | 'quotas'>
  /** Opens grants, to see when they end. */
  readonly box: Pick<Sealer, 'open'>
  readonly clock: Clock
}

/** Errors that a person mends where the account is, and not where the sync is. */
export const accessCodes: ReadonlySet<string> = new Set([
  'platform.auth_expired',
  'platform.account_changed',
  'platform.permission_missing',
  'platform.terms_not_accepted',
])

/** The connection that a sync reads from or writes to. */
export const connectionOf = (sync: SyncManifest): string =>
  isDeliverSync(sync) ? sync.destination.connection : sync.source.connection

/** The health of every connection in force, as its runs and its access tell it. */
export async function readConnectionHealth(desk: ConnectionHealthDesk): Promise<ConnectionHealth[]> {
  const syncs = Map.groupBy(desk.workspace.syncs.values(), connectionOf)
  const quotas = Map.groupBy(await desk.control.quotas(desk.clock.now()), ({ connection }) => connection)
  const found: ConnectionHealth[] = []
  for (const { name, connector } of desk.workspace.connections.values()) {
    const own = syncs.get(name) ?? []
    const runs = await readLastRuns(desk, own)
    found.push({
      connection: name,
      connector,
      ...judgeRuns(runs),
      ...(await readAccess(desk, name)),
      nextRunAt: await readNextRun(desk, own),
      quotas: (quotas.get(name) ?? []).toSorted(byShare).map(withoutConnection),
    })
  }
  return found
}

const byShare = (one: Quota, other: Quota): number => one.left / one.of - other.left / other.of

const withoutConnection = ({ connection: _known, ...quota }: Quota): Omit<Quota, 'connection'> => quota

interface SyncRuns {
  readonly last: Run | undefined
  readonly success: Run | undefined
}

async function readLastRuns(
  { control }: ConnectionHealthDesk,
  syncs: readonly SyncManifest[],
): Promise<SyncRuns[]> {
  return Promise.all(
    syncs.map(async ({ name: sync }) => {
      const [[last], [success]] = await Promise.all([
        control.runs({ sync, limit: 1 }),
        control.runs({ sync, state: 'succeeded', limit: 1 }),
      ])
      return { last, success }
    }),
  )
}

type Judged = Pick<ConnectionHealth, 'state' | 'problem' | 'lastSuccessAt' | 'pending' | 'pendingSince'>

function judgeRuns(runs: readonly SyncRuns[]): Judged {
  const lasts = runs.flatMap(({ last }) => last ?? [])
  const successes = runs.flatMap(({ success }) => success?.finishedAt ?? [])
  const behind = lasts.filter(({ counters }) => counters.pending > 0)
  const withError = lasts.filter(({ error }) => error !== null)
  const access = withError.find(({ error }) => error && accessCodes.has(error.code))
  const waiting = withError.find(({ state }) => state === 'parked' || state === 'awaiting_approval')
  const failed = withError.find(({ state }) => state === 'failed')
  const problem = (access ?? failed ?? waiting)?.error?.code ?? null
  const isUsed = lasts.length > 0
  return {
    state: access ? 'reconnect' : failed ? 'failing' : waiting ? 'waiting' : isUsed ? 'healthy' : 'unused',
    problem,
    lastSuccessAt: successes.length === 0 ? null : Math.max(...successes),
    pending: behind.reduce((sum, { counters }) => sum + counters.pending, 0),
    pendingSince: behind.length === 0 ? null : Math.min(...behind.map(({ startedAt }) => startedAt)),
  }
}

const grantSchema = z.object({ expiresAt: z.number().nullable() })

async function readAccess(
  { control, box }: ConnectionHealthDesk,
  connection: string,
): Promise<Pick<ConnectionHealth, 'accessSince' | 'accessUntil' | 'owner'>> {
  const { accessSince, owner } = await control.connectionFacts(connection)
  const grant = await control.grant(connection)
  if (!grant) return { accessSince, accessUntil: null, owner }
  try {
    const text = box.open(grant.sealed, `platform_grant/${connection}/${grant.revision}`)
    return { accessSince, accessUntil: grantSchema.parse(JSON.parse(text)).expiresAt, owner }
  } catch {
    // A grant that cannot be opened is a finding of doctor; the rest of the health is worth telling.
    return { accessSince, accessUntil: null, owner }
  }
}

async function readNextRun(
  { control }: ConnectionHealthDesk,
  syncs: readonly SyncManifest[],
): Promise<number | null> {
  const states = new Map((await control.schedules()).map((state) => [state.sync, state]))
  const next = syncs.flatMap(({ name, schedule }) => {
    const state = states.get(name)
    return schedule && state ? (nextDue(schedule, state.dueAt) ?? []) : []
  })
  return next.length === 0 ? null : Math.min(...next)
}

import { loadConnector } from '../../../connectors/registry.ts'
import { AffluentError, toAffluentError } from '../../../core/errors/affluent-error.ts'
import { isDeliverSync, type Workspace } from '../../../core/manifest/manifest.ts'
import type { ControlStore } from '../../../core/port/control-store.ts'
import type { Run } from '../../../core/sync/run.ts'
import { judgeSchedule } from '../../../core/sync/schedule.ts'
import { dataPaths } from '../../data-paths.ts'
import { diffManifests } from '../../manifest/diff-manifests.ts'
import { ManifestFaults } from '../../manifest/manifest-fault.ts'
import { resolveReferences } from '../../manifest/resolve-references.ts'
import { isRestored } from '../../worker/after-restore.ts'
import { readWorkspaceFiles } from '../../workspace-files.ts'
import { readOperationRows } from '../read-operation-rows.ts'
import { lowQuotas } from '../read-problems.ts'
import { lastDays } from './api-versions.ts'
import {
  fault,
  fine,
  skipped,
  warning,
  type DoctorCheck,
  type DoctorDesk,
  type Finding,
} from './doctor-desk.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** A plan that waits this long was forgotten. */
const longestApprovalMs = dayMs

/** A run that is called running for so long, in a hub that is not: nobody goes on with it. */
const longestRunMs = dayMs

/** Time to move to another version of a platform's API. */
const noticeMs = 90 * dayMs

/** Rows that a platform refuses: some always are, more mean a wrong mapping. */
const largestRejectedShare = 0.1

/** An audience may differ this much from what was acknowledged: platforms blur and lag. */
const largestDriftShare = 0.05

type Look = Omit<Finding, 'check'>

interface WorkspaceDesk extends DoctorDesk {
  readonly control: ControlStore
  readonly applied: Workspace
}

/** Most checks here need manifests in force. */
const ofWorkspace =
  (look: (desk: WorkspaceDesk) => Promise<Look>) =>
  (desk: DoctorDesk): Promise<Look> => {
    const { control, applied } = desk
    return control && applied ? look({ ...desk, control, applied }) : Promise.resolve(skipped)
  }

async function lastRuns({ control, applied }: WorkspaceDesk): Promise<Run[]> {
  const runs: Run[] = []
  for (const name of applied.syncs.keys()) runs.push(...(await control.runs({ sync: name, limit: 1 })))
  return runs
}

/** The connections whose last run ended with one of these codes. */
const endedWith = (codes: readonly string[]): ((desk: DoctorDesk) => Promise<Look>) =>
  ofWorkspace(async (desk) => {
    const [run] = (await lastRuns(desk)).filter(({ error }) => error && codes.includes(error.code))
    if (!run?.error) return fine
    return fault({ connection: connectionOf(desk.applied, run.sync), sync: run.sync, code: run.error.code })
  })

function connectionOf({ syncs }: Workspace, name: string): string {
  const sync = syncs.get(name)
  if (!sync) return name
  return isDeliverSync(sync) ? sync.destination.connection : sync.source.connection
}

/** Checks of the manifests, of the runs that follow from them, and of the platforms as the runs met them. */
export const workspaceChecks: readonly DoctorCheck[] = [
  {
    name: 'manifests',
    async look({ folder, config }) {
      try {
        await readWorkspaceFiles(folder, config.env)
        return fine
      } catch (thrown) {
        if (thrown instanceof ManifestFaults) {
          const [first] = thrown.faults
          return fault({ count: thrown.faults.length, file: first?.file ?? '', code: first?.code ?? '' })
        }
        const { code } = toAffluentError(thrown, 'reading the manifests')
        return code === 'manifest.none_found' ? skipped : fault({ count: 1, file: '', code })
      }
    },
  },
  {
    name: 'unapplied',
    look: ofWorkspace(async ({ folder, config, control }) => {
      const files = await readWorkspaceFiles(folder, config.env).catch(() => undefined)
      if (!files) return skipped
      const changes = diffManifests(files.documents, await control.appliedManifests())
      const [first] = changes
      return first ? warning({ count: changes.length, kind: first.kind, name: first.name }) : fine
    }),
  },
  {
    name: 'references',
    look: ofWorkspace(async ({ applied, config, folder }) => {
      for (const { name, config: settings } of applied.connections.values()) {
        try {
          await resolveReferences(settings, { env: config.env, folder })
        } catch (thrown) {
          if (!(thrown instanceof AffluentError)) throw thrown
          return fault({ connection: name, reference: String(thrown.params['reference'] ?? thrown.code) })
        }
      }
      return fine
    }),
  },
  { name: 'token', look: endedWith(['platform.auth_expired', 'platform.account_changed']) },
  { name: 'scope', look: endedWith(['platform.permission_missing', 'platform.terms_not_accepted']) },
  {
    name: 'quotas',
    look: ofWorkspace(async ({ control, applied: workspace, clock }) => {
      const [quota] = await lowQuotas({ control, workspace, clock })
      if (!quota) return fine
      const { connection, budget, left, of } = quota
      return warning({ connection, budget, left, of })
    }),
  },
  {
    name: 'api_version',
    look: ofWorkspace(async ({ applied, clock }) => {
      const slugs = new Set([...applied.connections.values()].map(({ connector }) => connector))
      for (const slug of slugs) {
        const { apiVersion, title } = await loadConnector(slug)
        const lastDay = lastDays[slug]?.[apiVersion]
        if (lastDay === undefined) continue
        const left = Date.parse(lastDay) - clock.now()
        const params = { platform: title, version: apiVersion, day: lastDay }
        if (left < 0) return fault(params)
        if (left < noticeMs) return warning(params)
      }
      return fine
    }),
  },
  {
    name: 'watchdog',
    look: ofWorkspace(async ({ applied, control, clock }) => {
      const states = new Map((await control.schedules()).map((state) => [state.sync, state]))
      for (const { name, schedule } of applied.syncs.values()) {
        const state = states.get(name)
        if (!schedule || !state) continue
        const [success] = await control.runs({ sync: name, state: 'succeeded', limit: 1 })
        const since = success?.startedAt ?? state.begunAt ?? state.dueAt
        const seen = {
          now: clock.now(),
          answered: state.dueAt,
          lastSuccessAt: success?.finishedAt ?? undefined,
          since,
        }
        const problem = judgeSchedule(schedule, seen)
        if (problem) return fault({ sync: name, problem })
      }
      return fine
    }),
  },
  {
    name: 'interrupted_runs',
    look: ofWorkspace(async ({ control, clock, isInside, holder }) => {
      if (isInside || holder) return fine
      const old = (await control.runs({ state: 'running' })).filter(
        ({ startedAt }) => clock.now() - startedAt > longestRunMs,
      )
      return old.length === 0 ? fine : warning({ count: old.length, sync: old[0]?.sync ?? '' })
    }),
  },
  {
    name: 'stale_segments',
    look: ofWorkspace(async (desk) => {
      const stale = (await lastRuns(desk)).find(({ error }) => error?.code.startsWith('segment.') === true)
      return stale?.error ? fault({ sync: stale.sync, code: stale.error.code }) : fine
    }),
  },
  {
    name: 'ambiguous_batches',
    look: ofWorkspace(async ({ folder }) => {
      const { ambiguousBatches } = readOperationRows(dataPaths(folder))
      return ambiguousBatches === 0 ? fine : warning({ count: ambiguousBatches })
    }),
  },
  {
    name: 'rejected_rows',
    look: ofWorkspace(async (desk) => {
      const bad = (await lastRuns(desk)).find(
        ({ counters }) => counters.rejected > largestRejectedShare * Math.max(1, counters.planned),
      )
      return bad
        ? warning({ sync: bad.sync, rejected: bad.counters.rejected, planned: bad.counters.planned })
        : fine
    }),
  },
  {
    name: 'approvals',
    look: ofWorkspace(async ({ control, clock }) => {
      const waiting = await control.runs({ state: 'awaiting_approval' })
      const old = waiting.find(({ startedAt }) => clock.now() - startedAt > longestApprovalMs)
      if (!old) return fine
      return warning({ sync: old.sync, hours: Math.floor((clock.now() - old.startedAt) / hourMs) })
    }),
  },
  {
    name: 'drift',
    look: ofWorkspace(async ({ applied, control }) => {
      const { number } = await control.auditHead()
      const entries = await control.auditEntries({ from: Math.max(1, number - 500), limit: 500 })
      for (const name of applied.syncs.keys()) {
        const last = entries.findLast(
          ({ action, object }) => action === 'run_ended' && object === `sync/${name}`,
        )
        const drift = last && readDrift(last.details)
        if (drift !== undefined && drift.share > largestDriftShare)
          return warning({ sync: name, expected: drift.expected, found: drift.found })
      }
      return fine
    }),
  },
  {
    name: 'restored',
    look: ofWorkspace(async ({ applied, control }) => {
      const waiting: string[] = []
      for (const name of applied.syncs.keys()) if (await isRestored(control, name)) waiting.push(name)
      return waiting.length === 0 ? fine : warning({ count: waiting.length, sync: waiting[0] ?? '' })
    }),
  },
]

/** How far the audience was from what was acknowledged; platforms that blur tell bounds. */
function readDrift(
  details: Readonly<Record<string, unknown>>,
): { readonly expected: number; readonly found: number; readonly share: number } | undefined {
  const { expectedSize: expected, size } = details
  if (typeof expected !== 'number' || typeof size !== 'object' || size === null) return undefined
  const atLeast = 'atLeast' in size && typeof size.atLeast === 'number' ? size.atLeast : undefined
  const atMost = 'atMost' in size && typeof size.atMost === 'number' ? size.atMost : undefined
  const found =
    atLeast !== undefined && atLeast > expected
      ? atLeast
      : atMost !== undefined && atMost < expected
        ? atMost
        : expected
  return { expected, found, share: Math.abs(found - expected) / Math.max(1, expected) }
}

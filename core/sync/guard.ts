import type { ErrorParams } from '../errors/affluent-error.ts'
import type { ErrorCode } from '../errors/error-codes.ts'
import type { DeliverSync } from '../manifest/sync.ts'
import type { DeliveryPlan } from '../port/delivery-store.ts'

/** What the pulls of this cycle tell about the data that the plan rests on. */
export interface SourceHealth {
  /** Syncs whose pull failed in this cycle. */
  readonly failed: readonly string[]
  /** Syncs whose source came back empty although it had records before. */
  readonly empty: readonly string[]
}

export const healthySources: SourceHealth = { failed: [], empty: [] }

/** Why a person must look at the plan before it is carried out. */
export interface GuardFinding {
  readonly code: Extract<ErrorCode, 'run.guard_tripped' | 'run.source_empty' | 'run.restored'>
  readonly params: ErrorParams
}

/**
 * Decides whether a plan may be carried out without a person. The most damaging failure of an unattended hub is to read an empty or
 * broken source as "remove everyone", so only removals are ever stopped; never those of people who denied consent. Returns what stops it, or undefined.
 * `removedBefore`: removals since a run last compared all members, so that many small runs are bound as one is.
 */
export function checkGuard(
  sync: DeliverSync & { readonly name: string },
  plan: DeliveryPlan,
  sources: SourceHealth,
  removedBefore = 0,
): GuardFinding | undefined {
  if (plan.removes === plan.withdrawals) return undefined
  const removes = plan.removes - plan.withdrawals + removedBefore
  const delivered = plan.delivered + removedBefore
  const numbers = { sync: sync.name, removes, delivered, members: plan.members }
  const [emptySource] = sources.empty
  if (emptySource !== undefined)
    return { code: 'run.source_empty', params: { ...numbers, source: emptySource } }
  if (plan.members === 0) return { code: 'run.source_empty', params: { ...numbers, source: sync.segment } }
  const [failedPull] = sources.failed
  if (failedPull !== undefined) {
    return { code: 'run.guard_tripped', params: { ...numbers, limit: 0, failedPull } }
  }
  const limit = removalLimit(sync.guard, delivered)
  return removes > limit ? { code: 'run.guard_tripped', params: { ...numbers, limit } } : undefined
}

/** The most members a run may remove by itself. Audiences under `min_members` are not bound by the share. */
function removalLimit(guard: DeliverSync['guard'], delivered: number): number {
  if (delivered < guard.min_members) return guard.max_removals
  return Math.min(guard.max_removals, Math.floor(guard.max_removal_share * delivered))
}

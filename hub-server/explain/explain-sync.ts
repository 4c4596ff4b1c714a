import { AffluentError } from '../../core/errors/affluent-error.ts'
import { isDeliverSync, type DeliverSyncManifest } from '../../core/manifest/manifest.ts'
import type { DeliveryState } from '../../core/port/delivery-store.ts'
import type { ProfileView } from '../../core/port/profile-store.ts'
import type { NodeExplanation } from '../../core/port/segment-store.ts'
import type { Run } from '../../core/sync/run.ts'
import type { OpenWorkspace } from '../hub.ts'

export interface ConsentExplanation {
  readonly purpose: string
  readonly channel: string
  readonly status: 'granted' | 'denied' | 'unknown'
}

/** Why one person is, or is not, in the audience of one sync: every step from source record to the platform's own words. */
export interface SyncExplanation {
  readonly sync: DeliverSyncManifest
  readonly profile: ProfileView
  /** What the platform acknowledged last says that the person is in the audience. */
  readonly isIn: boolean
  /** Epoch milliseconds; undefined: not a member of the segment. */
  readonly memberSince: number | undefined
  readonly rule: NodeExplanation
  /** Undefined: the sync names no consent, so nobody is sent. */
  readonly consents: readonly ConsentExplanation[] | 'not_required' | undefined
  /** Fields of the sync by which the platform could know the person, and those that have a value. */
  readonly matchFields: { readonly wanted: readonly string[]; readonly present: readonly string[] }
  readonly delivery: DeliveryState | undefined
  /** The last run, when it waits for a person. */
  readonly waitingRun: Run | undefined
}

/** Throws `run.sync_unknown` and `run.profile_unknown`. */
export async function explainSync(
  open: OpenWorkspace,
  question: { person: string; sync: string; asOf: number },
): Promise<SyncExplanation> {
  const sync = open.workspace.syncs.get(question.sync)
  if (!sync || !isDeliverSync(sync)) {
    const known = [...open.workspace.syncs.values()].filter(isDeliverSync).map(({ name }) => name)
    throw new AffluentError('run.sync_unknown', {
      act: 'affluent explain',
      sync: question.sync,
      known: known.join(', '),
    })
  }
  const profile = await open.profiles.findProfile(question.person)
  if (!profile) throw new AffluentError('run.profile_unknown', { act: 'affluent explain' })
  const rules = new Map([...open.workspace.segments].map(([name, segment]) => [name, segment.rule]))
  const delivery = await open.deliveries.deliveryOf(sync.name, profile.profileId)
  const [lastRun] = await open.control.runs({ sync: sync.name, limit: 1 })
  return {
    sync,
    profile,
    isIn: delivery !== undefined && (delivery.status === 'applied' || delivery.status === 'skipped'),
    memberSince: await open.segments.membershipSince(profile.profileId, sync.segment),
    rule: await open.segments.explain(profile.profileId, sync.segment, rules, question.asOf),
    consents: explainConsents(sync, profile),
    matchFields: await explainMatch(open, sync, profile),
    delivery,
    waitingRun: lastRun?.state === 'awaiting_approval' ? lastRun : undefined,
  }
}

function explainConsents(sync: DeliverSyncManifest, profile: ProfileView): SyncExplanation['consents'] {
  if (sync.consent === undefined || sync.consent === 'not_required') return sync.consent
  return sync.consent.map(({ purpose, channel }) => {
    const told = profile.consents.find(
      (consent) => consent.purpose === purpose && consent.channel === channel,
    )
    return { purpose, channel, status: told?.status ?? 'unknown' }
  })
}

async function explainMatch(
  open: OpenWorkspace,
  sync: DeliverSyncManifest,
  profile: ProfileView,
): Promise<SyncExplanation['matchFields']> {
  const connection = await open.connect(sync.destination.connection)
  const destination = connection.destination(sync.destination.kind)
  const wanted = Object.keys(sync.fields).filter((field) => destination?.fields[field]?.matches !== undefined)
  const isPresent = (field: string): boolean => {
    const source = sync.fields[field]
    if (source === undefined) return false
    if ('identifier' in source) return profile.identifiers.some(({ kind }) => kind === source.identifier)
    return 'trait' in source ? profile.traits[source.trait] !== undefined : true
  }
  return { wanted, present: wanted.filter(isPresent) }
}

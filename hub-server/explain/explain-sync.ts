import { loadConnector } from '../../connectors/registry.ts'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import { isDeliverSync, type DeliverSyncManifest } from '../../core/manifest/manifest.ts'
import type { DeliveryState } from '../../core/port/delivery-store.ts'
import type { ProfileView } from '../../core/port/profile-store.ts'
import type { ExplainedNode } from '../../core/port/segment-insight.ts'
import type { Run } from '../../core/sync/run.ts'
import type { OpenWorkspace } from '../hub.ts'
import { suggestName } from '../manifest/suggest-name.ts'

interface ConsentExplanation {
  readonly purpose: string
  readonly channel: string
  readonly status: 'granted' | 'denied' | 'unknown'
}

/** The one reason that decides, first things first. `delivered` and `leaving`: the person is in the audience. */
type Verdict =
  | 'delivered'
  | 'leaving'
  | 'not_member'
  | 'suppressed'
  | 'consent_unmapped'
  | 'consent_missing'
  | 'no_match_key'
  | 'awaiting_approval'
  | 'rejected'
  | 'failed'
  | 'unknown'
  | 'not_sent_yet'

/** Why one person is, or is not, in the audience of one sync: every step from source record to the platform's own words. */
export interface SyncExplanation {
  readonly sync: DeliverSyncManifest
  readonly profile: ProfileView
  /** What the platform acknowledged last says that the person is in the audience. */
  readonly isIn: boolean
  readonly verdict: Verdict
  /** The instant the rule is evaluated at, epoch milliseconds. */
  readonly asOf: number
  /** Epoch milliseconds; undefined: not a member of the segment. */
  readonly memberSince: number | undefined
  /** An identifier of theirs is on the suppression list. */
  readonly suppressed: boolean
  readonly rule: ExplainedNode
  /** Undefined: the sync names no consent, so nobody is sent. */
  readonly consents: readonly ConsentExplanation[] | 'not_required' | undefined
  /** Fields of the sync by which the platform could know the person, and those that have a value. */
  readonly matchFields: { readonly wanted: readonly string[]; readonly present: readonly string[] }
  readonly delivery: DeliveryState | undefined
  /** The last run, when it waits for a person. */
  readonly waitingRun: Run | undefined
}

/**
 * Without `asOf`, the rule is evaluated at the instant of the sync's last run: that is the list people look at. Needs no access to the
 * platform. Throws `run.sync_unknown` and `run.profile_unknown`.
 */
export async function explainSync(
  open: OpenWorkspace,
  question: { readonly person: string; readonly sync: string; readonly asOf: number | undefined },
): Promise<SyncExplanation> {
  const sync = findSync(open, question.sync)
  const profile = await open.profiles.findProfile(question.person)
  if (!profile) throw new AffluentError('run.profile_unknown', { act: 'affluent explain' })
  const rules = new Map([...open.workspace.segments].map(([name, segment]) => [name, segment.rule]))
  const [lastRun] = await open.control.runs({ sync: sync.name, limit: 1 })
  const asOf = question.asOf ?? lastRun?.asOf ?? open.clock.now()
  // Each is a question of its own: one after the other, each would wait for a busy hub.
  const [memberSince, rule, suppressed, matchFields, delivery] = await Promise.all([
    open.segments.membershipSince(profile.profileId, sync.segment),
    open.insight.explain(profile.profileId, { segment: sync.segment, segments: rules, asOf }),
    open.consents.isSuppressed(profile.profileId),
    explainMatch(open, sync, profile),
    open.deliveries.deliveryOf(sync.name, profile.profileId),
  ])
  const consents = explainConsents(sync, profile)
  const waitingRun = lastRun?.state === 'awaiting_approval' ? lastRun : undefined
  const facts = {
    sync,
    profile,
    asOf,
    memberSince,
    rule,
    suppressed,
    consents,
    matchFields,
    delivery,
    waitingRun,
  }
  const isIn = delivery?.status === 'applied' || delivery?.status === 'skipped'
  return { ...facts, isIn, verdict: judge(facts, isIn) }
}

function findSync(open: OpenWorkspace, name: string): DeliverSyncManifest {
  const sync = open.workspace.syncs.get(name)
  if (sync && isDeliverSync(sync)) return sync
  const known = [...open.workspace.syncs.values()].filter(isDeliverSync).map((each) => each.name)
  throw new AffluentError('run.sync_unknown', {
    act: 'affluent explain',
    sync: name.slice(0, 64),
    suggestion: suggestName(name, known),
    known: known.join(', '),
  })
}

function judge(facts: Omit<SyncExplanation, 'isIn' | 'verdict'>, isIn: boolean): Verdict {
  const { delivery } = facts
  const withheld = whyWithheld(facts)
  if (isIn) return withheld === undefined ? 'delivered' : 'leaving'
  if (withheld !== undefined) return withheld
  if (facts.waitingRun) return 'awaiting_approval'
  switch (delivery?.status) {
    case 'rejected':
    case 'failed':
    case 'unknown':
      return delivery.status
    default:
      return 'not_sent_yet'
  }
}

/** What keeps a person from being sent, decided before anything is sent. */
function whyWithheld({
  memberSince,
  suppressed,
  consents,
  matchFields,
}: Omit<SyncExplanation, 'isIn' | 'verdict'>): Verdict | undefined {
  if (memberSince === undefined) return 'not_member'
  if (suppressed) return 'suppressed'
  if (consents === undefined) return 'consent_unmapped'
  if (consents !== 'not_required' && consents.some(({ status }) => status !== 'granted'))
    return 'consent_missing'
  return matchFields.present.length === 0 ? 'no_match_key' : undefined
}

function explainConsents(
  { consent }: DeliverSyncManifest,
  { consents }: ProfileView,
): SyncExplanation['consents'] {
  if (consent === undefined || consent === 'not_required') return consent
  return consent.map(({ purpose, channel }) => {
    const told = consents.find((one) => one.purpose === purpose && one.channel === channel)
    return { purpose, channel, status: told?.status ?? 'unknown' }
  })
}

async function explainMatch(
  open: OpenWorkspace,
  sync: DeliverSyncManifest,
  profile: ProfileView,
): Promise<SyncExplanation['matchFields']> {
  const manifest = open.workspace.connections.get(sync.destination.connection)
  const connector = manifest && (await loadConnector(manifest.connector))
  const destination = connector?.destinations.find(({ kind }) => kind === sync.destination.kind)
  const wanted = Object.keys(sync.fields).filter((field) => destination?.fields[field]?.matches !== undefined)
  const isPresent = (field: string): boolean => {
    const source = sync.fields[field]
    if (source === undefined) return false
    if ('identifier' in source) return profile.identifiers.some(({ kind }) => kind === source.identifier)
    if ('consent' in source)
      return profile.consents.some(
        ({ purpose, channel }) => purpose === source.consent.purpose && channel === source.consent.channel,
      )
    return 'trait' in source ? profile.traits[source.trait] !== undefined : true
  }
  return { wanted, present: wanted.filter(isPresent) }
}

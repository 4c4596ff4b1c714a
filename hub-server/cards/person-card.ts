import { isDeliverSync, type DeliverSyncManifest } from '../../core/manifest/manifest.ts'
import { isPicked } from '../../core/manifest/picked-segment.ts'
import type { MembershipSpan } from '../../core/port/segment-insight.ts'
import { describeRule } from '../../core/segment/describe-rule.ts'
import { explainSync } from '../explain/explain-sync.ts'
import type { OpenWorkspace } from '../hub.ts'
import type { Translator } from '../locales/translate.ts'

/** Audiences that one card tells of: a record page is glanced at. */
const mostAudiences = 20

/** A segment that the person is in. */
interface CardSegment {
  /** Name of the manifest. */
  readonly name: string
  /** What people call it. */
  readonly title: string
  /** ISO 8601, in UTC. */
  readonly since: string
  /** The segment's rule as one sentence in the reader's language. */
  readonly because: string
}

/** What a person decided for one purpose and channel. */
interface CardConsent {
  readonly purpose: string
  readonly channel: string
  readonly status: 'granted' | 'denied'
  /** The status as a word in the reader's language. */
  readonly statusText: string
  /** ISO 8601, in UTC; null: nobody told when. */
  readonly decidedAt: string | null
  /** Who told it: "connection/stream". */
  readonly source: string
}

/** An audience of a platform that the person is in, or should be. */
interface CardAudience {
  readonly sync: string
  readonly connection: string
  /** The audience's name on the platform. */
  readonly audience: string
  readonly isIn: boolean
  /** Why, as a sentence in the reader's language. */
  readonly because: string
}

/**
 * One person as a card on a platform's record page shows them: segments and since when, consents, audiences, and why. Names nobody: it
 * stands on the record of the person. Texts are in the reader's language.
 */
export interface PersonCard {
  readonly language: 'en' | 'fr'
  readonly profileId: string
  readonly segments: readonly CardSegment[]
  readonly consents: readonly CardConsent[]
  readonly audiences: readonly CardAudience[]
}

/** Whom a card is about: the object of a platform as the hub pulled it. */
export interface CardSubject {
  readonly connection: string
  /** Streams that such an object may be of, the likeliest first: a Salesforce record page is of a contact or of a lead. */
  readonly streams: readonly string[]
  readonly externalId: string
}

/** The card of whoever the object is; undefined: the hub does not know it, or it is gone. */
export async function readPersonCard(
  open: OpenWorkspace,
  { connection, streams, externalId }: CardSubject,
  translator: Translator,
): Promise<PersonCard | undefined> {
  for (const stream of streams) {
    const profileId = await open.rights.profileOfObject({ connection, stream, externalId })
    const profile = profileId === undefined ? undefined : await open.profiles.findProfile(profileId)
    if (!profile) continue
    const spans = await open.insight.spans(profile.profileId)
    const present = spans.filter(({ until }) => until === null)
    return {
      language: translator.language,
      profileId: profile.profileId,
      segments: present.flatMap((span) => toSegment(open, span, translator)),
      consents: profile.consents.map(({ purpose, channel, status, decidedAt, source }) => ({
        purpose,
        channel,
        status,
        statusText: translator.t(`explain.${status}`),
        decidedAt: toIso(decidedAt),
        source,
      })),
      audiences: await readAudiences(open, { profileId: profile.profileId, present }, translator),
    }
  }
  return undefined
}

const toIso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

/** Memberships of segments that no manifest declares any more are not told. */
function toSegment(
  { workspace }: OpenWorkspace,
  span: MembershipSpan,
  { language, t }: Translator,
): CardSegment[] {
  const segment = workspace.segments.get(span.segment)
  if (!segment) return []
  const { name, title = name, rule } = segment
  const because = isPicked(segment) ? t('api:card.picked') : describeRule(rule, language)
  return [{ name, title, since: new Date(span.since).toISOString(), because }]
}

async function readAudiences(
  open: OpenWorkspace,
  { profileId, present }: { readonly profileId: string; readonly present: readonly MembershipSpan[] },
  { t }: Translator,
): Promise<CardAudience[]> {
  const memberOf = new Set(present.map(({ segment }) => segment))
  const audiences: CardAudience[] = []
  for (const sync of open.workspace.syncs.values()) {
    if (audiences.length >= mostAudiences) break
    if (!isDeliverSync(sync) || !(await concerns(open, sync, { profileId, memberOf }))) continue
    const { isIn, verdict } = await explainSync(open, { person: profileId, sync: sync.name, asOf: undefined })
    audiences.push({
      sync: sync.name,
      connection: sync.destination.connection,
      audience: sync.destination.audience,
      isIn,
      because: t(`explain.because.${verdict}`, { segment: sync.segment }),
    })
  }
  return audiences
}

/** A sync is told of when the person is in its segment, or something was sent of them. */
async function concerns(
  { deliveries }: OpenWorkspace,
  { name, segment }: DeliverSyncManifest,
  { profileId, memberOf }: { readonly profileId: string; readonly memberOf: ReadonlySet<string> },
): Promise<boolean> {
  if (memberOf.has(segment)) return true
  const state = await deliveries.deliveryOf(name, profileId)
  return state !== undefined && state.status !== 'removed'
}

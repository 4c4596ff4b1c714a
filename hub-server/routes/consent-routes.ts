import { decideConsent, type ConsentEntry } from '../../core/consent/decide-consent.ts'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { ConsentSubject } from '../../core/port/consent-store.ts'
import { normaliseIdentifier } from '../../core/profile/normalise-identifier.ts'
import type { ProfileSchema } from '../../core/profile/profile-schema.ts'
import { Refusal } from '../../core/profile/refusal.ts'
import { findConsents, noteConsent, type NamedConsent } from '../api/contract/consent.ts'
import { defineRoute, type Route } from '../api/define-route.ts'
import type { OpenWorkspace } from '../hub.ts'
import type { HubDesk } from './hub-desk.ts'

const act = 'affluent consent set'

/** The routes under /v1/consents. */
export function createConsentRoutes({ hub, open, clock }: HubDesk): readonly Route[] {
  return [
    defineRoute(findConsents, async ({ body: { person } }) => {
      const { profiles, consents, workspace } = await open('affluent consent show')
      const profile = await profiles.findProfile(person)
      if (!profile) throw new AffluentError('run.profile_unknown', { act: 'affluent consent show' })
      const { profileId } = profile
      const ledger = await consents.ledger(profileId)
      const suppressed = await consents.isSuppressed(profileId)
      return { profileId, suppressed, states: toStates(workspace.profileSchema, ledger) }
    }),
    defineRoute(noteConsent, async ({ body, actor }) => {
      const opened = await open(act)
      checkConsent(opened.workspace.profileSchema, body)
      const { purpose, channel, status, decidedAt = clock.now(), legalBasis, wording, note } = body
      const entry = {
        purpose,
        channel,
        status,
        decidedAt,
        subject: await findSubject(opened, body.person),
        origin: 'person' as const,
        source: actor,
        legalBasis: legalBasis ?? null,
        wording: wording ?? null,
        note: note ?? null,
        key: null,
      }
      const { profilesChanged } = await opened.consents.append([entry])
      // Who it is stays in the ledger: the audit log outlives an erasure.
      await hub.control.appendAudit({
        at: clock.now(),
        actor,
        action: 'consent_noted',
        object: `consent/${purpose}/${channel}`,
        details: { status },
      })
      return { status, profilesChanged }
    }),
  ]
}

function toStates({ consents }: ProfileSchema, ledger: readonly ConsentEntry[]): NamedConsent[] {
  return Object.entries(consents).flatMap(([purpose, { channels }]) =>
    channels.map((channel) => {
      const entries = ledger.filter((entry) => entry.purpose === purpose && entry.channel === channel)
      return { purpose, channel, ...decideConsent(entries), entries }
    }),
  )
}

function checkConsent(
  schema: ProfileSchema,
  { purpose, channel }: { readonly purpose: string; readonly channel: string },
): void {
  const channels = schema.consents[purpose]?.channels
  if (channels?.includes(channel)) return
  const known = channels ?? Object.keys(schema.consents)
  throw new AffluentError('usage.wrong', {
    act,
    value: (channels ? channel : purpose).slice(0, 60),
    expected: known.join(', '),
  })
}

/**
 * By the identifier that was typed, so that the decision goes wherever that identifier goes, and waits for people who are not known
 * yet; by the profile where its id was typed.
 */
async function findSubject(open: OpenWorkspace, person: string): Promise<ConsentSubject> {
  const profile = await open.profiles.findProfile(person)
  if (profile && /^p_\d+$/.test(person.trim())) return { profileId: profile.profileId }
  const { identifiers, default_country: country } = open.workspace.profileSchema
  const possible = Object.entries(identifiers).flatMap(([kind, { form }]) => {
    const value = normaliseIdentifier(person, form, country)
    return value instanceof Refusal ? [] : [{ kind, form, value }]
  })
  const held = possible.find(({ kind, value }) =>
    profile?.identifiers.some((identifier) => identifier.kind === kind && identifier.value === value),
  )
  const found = held ?? possible.find(({ form }) => form !== 'exact')
  if (!found) throw new AffluentError('run.profile_unknown', { act })
  return { kind: found.kind, value: found.value }
}

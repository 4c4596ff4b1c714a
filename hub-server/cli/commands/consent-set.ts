import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { ConsentSubject } from '../../../core/port/consent-store.ts'
import { normaliseIdentifier } from '../../../core/profile/normalise-identifier.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import { Refusal } from '../../../core/profile/refusal.ts'
import { requireApplied, type OpenWorkspace } from '../../hub.ts'
import { readInstant } from '../as-of.ts'
import { cliActor } from '../cli-actor.ts'
import { optionValue, type CommandAction, type CommandInput } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { withHub } from '../with-hub.ts'

const act = 'affluent consent set'

/** Notes what a person decided, as somebody at the hub was told it. The next run follows it. */
export const consentSet: CommandAction = async (context, input) => {
  const { terminal, clock } = context
  const { t } = terminal.translator
  const decidedAt = readInstant(optionValue(input, 'at'), clock)
  const status = readStatus(input.arguments['decision'] ?? '')
  const profilesChanged = await withHub(context, 'consent', async (hub) => {
    const open = await hub.open(await requireApplied(hub, act))
    const name = readConsent(open.workspace.profileSchema, input)
    const subject = await findSubject(open, input.arguments['person'] ?? '')
    const entry = {
      ...name,
      subject,
      status,
      decidedAt,
      origin: 'person' as const,
      source: cliActor(),
      legalBasis: optionValue(input, 'basis') ?? null,
      wording: optionValue(input, 'wording') ?? null,
      note: optionValue(input, 'note') ?? null,
      key: null,
    }
    const { profilesChanged: changed } = await open.consents.append([entry])
    // Who it is stays in the ledger: the audit log outlives an erasure.
    await hub.control.appendAudit({
      at: clock.now(),
      actor: cliActor(),
      action: 'consent_noted',
      object: `consent/${name.purpose}/${name.channel}`,
      details: { status },
    })
    return changed
  })
  terminal.document('consent_noted', { status, profilesChanged })
  terminal.say(`${terminal.style('green', '✔')} ${t('consent.noted', { status: t(`explain.${status}`) })}`)
  terminal.say(t(profilesChanged > 0 ? 'consent.next' : 'consent.unchanged'))
  return exitCode.done
}

function readStatus(word: string): 'granted' | 'denied' {
  if (word === 'granted' || word === 'denied') return word
  throw new AffluentError('usage.wrong', { act, value: word.slice(0, 60), expected: 'granted, denied' })
}

function readConsent(
  schema: ProfileSchema,
  input: CommandInput,
): { readonly purpose: string; readonly channel: string } {
  const { purpose = '', channel = '' } = input.arguments
  const channels = schema.consents[purpose]?.channels
  if (channels?.includes(channel)) return { purpose, channel }
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

import { decideConsent, type ConsentEntry, type ConsentState } from '../../../core/consent/decide-consent.ts'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import { requireApplied } from '../../hub.ts'
import type { CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import type { Style, Terminal } from '../terminal.ts'
import { withHub } from '../with-hub.ts'

/** Shows what a person allows, why that holds, and every line of the ledger it follows from. */
export const consentShow: CommandAction = async (context, input) => {
  const { terminal } = context
  const person = input.arguments['person'] ?? ''
  const shown = await withHub(context, 'consent', async (hub) => {
    const open = await hub.open(await requireApplied(hub, 'affluent consent show'))
    const profile = await open.profiles.findProfile(person)
    if (!profile) throw new AffluentError('run.profile_unknown', { act: 'affluent consent show' })
    const { profileId } = profile
    const ledger = await open.consents.ledger(profileId)
    return {
      profileId,
      suppressed: await open.consents.isSuppressed(profileId),
      states: toStates(open.workspace.profileSchema, ledger),
    }
  })
  terminal.document('consent', shown)
  const { t } = terminal.translator
  terminal.say(terminal.style('bold', t('consent.of', { person, profile: shown.profileId })))
  if (shown.suppressed) terminal.say(terminal.style('red', t('explain.suppressed')))
  for (const state of shown.states) showState(terminal, state)
  return exitCode.done
}

interface NamedState extends ConsentState {
  readonly purpose: string
  readonly channel: string
  readonly entries: readonly ConsentEntry[]
}

function toStates({ consents }: ProfileSchema, ledger: readonly ConsentEntry[]): NamedState[] {
  return Object.entries(consents).flatMap(([purpose, { channels }]) =>
    channels.map((channel) => {
      const entries = ledger.filter((entry) => entry.purpose === purpose && entry.channel === channel)
      return { purpose, channel, ...decideConsent(entries), entries }
    }),
  )
}

const styles: Readonly<Record<ConsentState['status'], Style>> = {
  granted: 'green',
  denied: 'red',
  unknown: 'yellow',
}

function showState(terminal: Terminal, state: NamedState): void {
  const { t } = terminal.translator
  const { purpose, channel, status } = state
  const word = terminal.style(styles[status], t(`explain.${status}`))
  terminal.say()
  terminal.say(`${t('consent.state', { purpose, channel, status: word })} ${whyState(terminal, state)}`)
  for (const entry of state.entries) terminal.say(`  ${toLine(terminal, entry)}`)
}

function whyState(terminal: Terminal, { status, because, entries }: NamedState): string {
  const { t } = terminal.translator
  if (!because) return t('consent.because.unknown')
  const date = terminal.instant(because.decidedAt ?? because.notedAt)
  const facts = { date, source: because.source }
  const denials = entries.some((entry) => entry.status === 'denied' && entry.standing !== 'corrected')
  if (status === 'granted') return t(`consent.because.${denials ? 'granted_later' : 'granted'}`, facts)
  const grants = entries.some((entry) => entry.status === 'granted' && entry.standing === 'current')
  return t(`consent.because.${grants ? 'denied_over_grants' : 'denied'}`, facts)
}

/** One line of the ledger. */
function toLine(terminal: Terminal, entry: ConsentEntry): string {
  const { t } = terminal.translator
  const { status, origin, source, decidedAt, notedAt, legalBasis, wording, note, standing } = entry
  const parts = [
    t(`explain.${status}`),
    t(`consent.origin.${origin}`, { source }),
    decidedAt === null ? t('consent.undated') : t('consent.decided', { date: terminal.instant(decidedAt) }),
    t('consent.noted_at', { date: terminal.instant(notedAt) }),
    ...(legalBasis === null ? [] : [t('consent.basis', { basis: legalBasis })]),
    ...(wording === null ? [] : [t('consent.wording', { wording })]),
    ...(note === null ? [] : [t('consent.note', { note })]),
    ...(standing === 'current' ? [] : [t(`consent.standing.${standing}`)]),
  ]
  return parts.join(' · ')
}

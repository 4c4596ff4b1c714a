import type { ConsentEntry, ConsentState } from '../../../core/consent/decide-consent.ts'
import { findConsents, type NamedConsent } from '../../api/contract/consent.ts'
import type { CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import type { Style, Terminal } from '../terminal.ts'
import { withClient } from '../with-client.ts'

/** Shows what a person allows, why that holds, and every line of the ledger it follows from. */
export const consentShow: CommandAction = async (context, input) => {
  const { terminal } = context
  const person = input.arguments['person'] ?? ''
  const shown = await withClient(context, 'consent', (hub) => hub.ask(findConsents, { body: { person } }))
  terminal.document('consent', { ...shown })
  const { t } = terminal.translator
  terminal.say(terminal.style('bold', t('consent.of', { person, profile: shown.profileId })))
  if (shown.suppressed) terminal.say(terminal.style('red', t('explain.suppressed')))
  for (const state of shown.states) showState(terminal, state)
  return exitCode.done
}

const styles: Readonly<Record<ConsentState['status'], Style>> = {
  granted: 'green',
  denied: 'red',
  unknown: 'yellow',
}

function showState(terminal: Terminal, state: NamedConsent): void {
  const { t } = terminal.translator
  const { purpose, channel, status } = state
  const word = terminal.style(styles[status], t(`explain.${status}`))
  terminal.say()
  terminal.say(`${t('consent.state', { purpose, channel, status: word })} ${whyState(terminal, state)}`)
  for (const entry of state.entries) terminal.say(`  ${toLine(terminal, entry)}`)
}

function whyState(terminal: Terminal, { status, because, entries }: NamedConsent): string {
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

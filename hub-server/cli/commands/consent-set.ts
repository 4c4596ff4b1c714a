import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { noteConsent } from '../../api/contract/consent.ts'
import { readInstant } from '../as-of.ts'
import { optionValue, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { withClient } from '../with-client.ts'

const act = 'affluent consent set'

/** Notes what a person decided, as somebody at the hub was told it. The next run follows it. */
export const consentSet: CommandAction = async (context, input) => {
  const { terminal, clock } = context
  const { t } = terminal.translator
  const decidedAt = readInstant(optionValue(input, 'at'), clock)
  const status = readStatus(input.arguments['decision'] ?? '')
  const { person = '', purpose = '', channel = '' } = input.arguments
  const [basis, wording, note] = ['basis', 'wording', 'note'].map((name) => optionValue(input, name))
  const body = {
    person,
    purpose,
    channel,
    status,
    decidedAt,
    ...(basis !== undefined && { legalBasis: basis }),
    ...(wording !== undefined && { wording }),
    ...(note !== undefined && { note }),
  }
  const { profilesChanged } = await withClient(context, 'consent', (hub) => hub.ask(noteConsent, { body }))
  terminal.document('consent_noted', { status, profilesChanged })
  terminal.say(`${terminal.style('green', '✔')} ${t('consent.noted', { status: t(`explain.${status}`) })}`)
  terminal.say(t(profilesChanged > 0 ? 'consent.next' : 'consent.unchanged'))
  return exitCode.done
}

function readStatus(word: string): 'granted' | 'denied' {
  if (word === 'granted' || word === 'denied') return word
  throw new AffluentError('usage.wrong', { act, value: word.slice(0, 60), expected: 'granted, denied' })
}

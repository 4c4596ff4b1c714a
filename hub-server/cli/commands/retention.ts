import { previewRetention } from '../../api/contract/person.ts'
import { readInstant } from '../as-of.ts'
import { optionValue, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { showTable } from '../table.ts'
import { withClient } from '../with-client.ts'

const classes = ['gone_people', 'events', 'deliveries', 'quarantine'] as const

/** Shows what the next cycle would take away because it is past its time. Changes nothing. */
export const retention: CommandAction = async (context, input) => {
  const { terminal, clock } = context
  const { t } = terminal.translator
  const asOf = readInstant(optionValue(input, 'as-of'), clock)
  const { preview } = await withClient(context, 'retention', (hub) =>
    hub.ask(previewRetention, { query: { asOf } }),
  )
  terminal.document('retention', { as_of: new Date(asOf).toISOString(), ...preview })
  if (!preview) {
    terminal.say(t('retention.none'))
    return exitCode.done
  }
  const rows = classes.map((name) => {
    const days = preview.keepDays[name]
    const kept = days === undefined ? t('retention.always') : t('retention.days', { count: days })
    return [t(`retention.classes.${name}`), kept, terminal.number(preview.counts[name])]
  })
  showTable(
    terminal,
    ['class', 'kept', 'due'].map((column) => t(`retention.columns.${column}`)),
    rows,
  )
  terminal.say(t('retention.nothing_changed'))
  return exitCode.done
}

import { matchProfiles } from '../../api/contract/identity.ts'
import { hasOption, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { withClient } from '../with-client.ts'

/** Recognises people who share no identifier, now; with --preview all of it is undone. */
export const profilesMatch: CommandAction = async (context, input) => {
  const { terminal } = context
  const { t } = terminal.translator
  const isPreview = hasOption(input, 'preview')
  const body = { preview: isPreview, relearn: hasOption(input, 'relearn') }
  const report = await withClient(context, 'profiles match', (hub) => hub.ask(matchProfiles, { body }))
  terminal.document('matched', { preview: isPreview, ...report })
  const number = (value: number, digits = 0): string => terminal.number(value, digits)
  terminal.say(
    t(report.learned ? 'profiles.match.learned' : 'profiles.match.kept', {
      records: number(report.records),
      pairs: number(report.pairs),
    }),
  )
  terminal.say(
    t('profiles.match.threshold', {
      weight: number(report.threshold, 1),
      f1: number(report.expectedF1 * 100, 1),
    }),
  )
  terminal.say(
    t('profiles.match.outcome', {
      links: number(report.links),
      fewer: number(report.profilesRemoved - report.profilesCreated),
    }),
  )
  if (report.crowded > 0) terminal.say(t('profiles.match.crowded', { values: number(report.crowded) }))
  if (report.review > 0)
    terminal.say(t('profiles.match.review', { count: report.review, number: number(report.review) }))
  if (isPreview) terminal.say(t('profiles.change.preview'))
  return exitCode.done
}

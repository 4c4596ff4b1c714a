import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { requireApplied } from '../../hub.ts'
import { cliActor } from '../cli-actor.ts'
import { hasOption, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { withHub } from '../with-hub.ts'

/** Recognises people who share no identifier, now; with --preview all of it is undone. */
export const profilesMatch: CommandAction = async (context, input) => {
  const { terminal, clock } = context
  const { t } = terminal.translator
  const isPreview = hasOption(input, 'preview')
  const report = await withHub(context, 'profiles match', async (hub) => {
    const open = await hub.open(await requireApplied(hub, 'affluent profiles match'))
    const options = { force: true, relearn: hasOption(input, 'relearn') }
    const match = (): ReturnType<typeof open.identities.match> => open.identities.match(options)
    const done = isPreview ? await hub.duckdb.dryRun(match) : await match()
    if (!done) throw new AffluentError('identity.no_matching', { act: 'affluent profiles match' })
    if (!isPreview) {
      const { links, review, learned, profilesRemoved } = done
      await hub.control.appendAudit({
        at: clock.now(),
        actor: cliActor(),
        action: 'people_matched',
        object: `identity/${open.workspace.identity?.name ?? ''}`,
        details: { links, review, learned, profiles_removed: profilesRemoved },
      })
    }
    return done
  })
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

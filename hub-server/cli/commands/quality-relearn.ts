import { requireApplied } from '../../hub.ts'
import { checkSourceName } from '../../routes/check-source-name.ts'
import { isNamed } from '../../warehouse/quality/quality-report.ts'
import { forgetJudgements } from '../../warehouse/quality/quality-stage.ts'
import type { CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { withHub } from '../with-hub.ts'

/** Has the next run learn anew what is usual in a source, and judge all of its records by it. */
export const qualityRelearn: CommandAction = async (context, input) => {
  const { terminal } = context
  const source = input.arguments['source']
  const streams = await withHub(context, 'quality relearn', async (hub) => {
    const workspace = await requireApplied(hub, 'affluent quality relearn')
    checkSourceName(workspace, source, 'affluent quality relearn')
    await hub.open(workspace)
    const judged = [...workspace.quality.values()].filter((manifest) => isNamed(manifest, source))
    await hub.duckdb.transaction(async () => {
      for (const manifest of judged) await forgetJudgements(hub.duckdb, manifest)
    })
    return judged.map(({ connection, stream }) => ({ connection, stream }))
  })
  terminal.document('quality_relearn', { sources: streams })
  const names = streams.map(({ connection, stream }) => `${connection}/${stream}`).join(', ')
  const { t } = terminal.translator
  terminal.say(streams.length === 0 ? t('quality.no_checks') : t('quality.relearn', { sources: names }))
  return exitCode.done
}

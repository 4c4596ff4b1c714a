import { requireApplied } from '../../hub.ts'
import { replayQuarantine } from '../../warehouse/quality/quarantine.ts'
import { readAgain } from '../../worker/read-again.ts'
import { checkSourceName } from '../check-source-name.ts'
import { cliActor } from '../cli-actor.ts'
import { hasOption, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { withHub } from '../with-hub.ts'

/** Has the next run try again what is in quarantine; with --accept, records that a check holds back pass as they are. */
export const quarantineReplay: CommandAction = async (context, input) => {
  const { terminal, clock } = context
  const { t } = terminal.translator
  const source = input.arguments['source']
  const accept = hasOption(input, 'accept')
  const replayed = await withHub(context, 'quarantine replay', async (hub) => {
    const workspace = await requireApplied(hub, 'affluent quarantine replay')
    checkSourceName(workspace, source, 'affluent quarantine replay')
    await hub.open(workspace)
    const replay = await replayQuarantine(hub.duckdb, { source, accept, now: clock.now() })
    const syncs = await readAgain(hub.control, workspace, replay.streams)
    if (replay.records > 0 || syncs.length > 0) {
      await hub.control.appendAudit({
        at: clock.now(),
        actor: cliActor(),
        action: accept ? 'quarantine_accepted' : 'quarantine_replayed',
        object: source ?? 'all',
        details: { records: replay.records, syncs: [...syncs] },
      })
    }
    return { records: replay.records, syncs }
  })
  const { records, syncs } = replayed
  terminal.document('quarantine_replay', { ...replayed, accepted: accept })
  if (records === 0 && syncs.length === 0) terminal.say(t('quarantine.empty'))
  if (records > 0) {
    const words = { count: records, number: terminal.number(records) }
    terminal.say(t(accept ? 'quarantine.accepted' : 'quarantine.judged_again', words))
  }
  if (syncs.length > 0) terminal.say(t('quarantine.read_again', { syncs: syncs.join(', ') }))
  if (records > 0 || syncs.length > 0) terminal.say(t('quarantine.run'))
  return exitCode.done
}

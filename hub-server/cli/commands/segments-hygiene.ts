import { loadAllConnectors } from '../../../connectors/registry.ts'
import { hygieneLimits, judgeHygiene } from '../../../core/membership/hygiene.ts'
import { judgeManifests } from '../../../core/membership/judge-manifests.ts'
import { requireApplied } from '../../hub.ts'
import { readHygieneFacts } from '../../warehouse/segment/hygiene.ts'
import { bySlug } from '../../workspace-files.ts'
import type { CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { showWarnings, toWarningDocuments } from '../show-warnings.ts'
import { withHub } from '../with-hub.ts'

/** Names what is wrong with the segments, each with its repair. Changes nothing; ends with 0 whatever it finds. */
export const segmentsHygiene: CommandAction = async (context) => {
  const { terminal, clock } = context
  const { facts, warnings } = await withHub(context, 'segments hygiene', async (hub) => {
    const workspace = await requireApplied(hub, 'affluent segments hygiene')
    const { segments } = await hub.open(workspace)
    const connectors = bySlug(await loadAllConnectors())
    const facts = await readHygieneFacts({
      duckdb: hub.duckdb,
      segments,
      workspace,
      connectors,
      now: clock.now(),
    })
    return { facts, warnings: [...judgeHygiene(facts), ...judgeManifests(workspace)] }
  })
  const { t } = terminal.translator
  const told = toWarningDocuments(terminal, warnings)
  const count = facts.segments.filter(({ isDerived }) => !isDerived).length
  terminal.document('segments_hygiene', { segments: count, limits: hygieneLimits, warnings: told })
  const words = { count, number: terminal.number(count), warnings: terminal.number(told.length) }
  terminal.say(terminal.style('bold', t(told.length === 0 ? 'hygiene.clean' : 'hygiene.found', words)))
  showWarnings(terminal, warnings)
  return exitCode.done
}

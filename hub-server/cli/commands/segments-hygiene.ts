import { loadAllConnectors } from '../../../connectors/registry.ts'
import { hygieneLimits, judgeHygiene, type HygieneWarning } from '../../../core/membership/hygiene.ts'
import { judgeManifests } from '../../../core/membership/judge-manifests.ts'
import { requireApplied } from '../../hub.ts'
import { readHygieneFacts } from '../../warehouse/segment/hygiene.ts'
import { bySlug } from '../../workspace-files.ts'
import type { CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { shareWords } from '../quality-words.ts'
import type { Terminal } from '../terminal.ts'
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
  const told = warnings.map((warning) => ({ ...warning, ...describeWarning(terminal, warning) }))
  const count = facts.segments.filter(({ isDerived }) => !isDerived).length
  terminal.document('segments_hygiene', { segments: count, limits: hygieneLimits, warnings: told })
  const words = { count, number: terminal.number(count), warnings: terminal.number(told.length) }
  terminal.say(terminal.style('bold', t(told.length === 0 ? 'hygiene.clean' : 'hygiene.found', words)))
  for (const { title, repair } of told) {
    terminal.say(`${terminal.style('yellow', '!')} ${title}`)
    terminal.say(`  ${terminal.style('dim', repair)}`)
  }
  return exitCode.done
}

function describeWarning(terminal: Terminal, warning: HygieneWarning): { title: string; repair: string } {
  const { t } = terminal.translator
  const words = Object.fromEntries(
    Object.entries(warning).map(([key, value]) => [key, valueWords(terminal, key, value)]),
  )
  return {
    title: t(`hygiene.titles.${warning.code}`, words),
    repair: t(`hygiene.repairs.${warning.code}`, words),
  }
}

function valueWords(terminal: Terminal, key: string, value: string | number): string {
  if (typeof value === 'string') return value
  if (key === 'share') return shareWords(terminal, value)
  if (key === 'since') return terminal.instant(value)
  return terminal.number(value, key === 'mean' ? 1 : 0)
}

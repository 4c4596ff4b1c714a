import type { SegmentState } from '../../../core/port/segment-store.ts'
import { listStandings } from '../../api/contract/segment.ts'
import type { CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { showTable } from '../table.ts'
import type { Style, Terminal } from '../terminal.ts'
import { withClient } from '../with-client.ts'

/** Lists the segments in force: members, where each stands, and why one could not be evaluated. */
export const segmentsList: CommandAction = async (context) => {
  const { terminal } = context
  const { segments } = await withClient(context, 'segments list', (hub) => hub.ask(listStandings))
  const states = new Map(segments.map(({ segment, state }) => [segment, state]))
  terminal.document('segments', {
    segments: [...states].map(([segment, state]) => ({ segment, ...state })),
  })
  showStates(terminal, states)
  return exitCode.done
}

const styles: Readonly<Record<SegmentState['standing'], Style>> = {
  current: 'green',
  failed: 'red',
  outdated: 'yellow',
  never: 'dim',
}

function showStates(terminal: Terminal, states: ReadonlyMap<string, SegmentState>): void {
  const { t, error } = terminal.translator
  if (states.size === 0) {
    terminal.say(t('segments.none'))
    return
  }
  const header = ['segment', 'members', 'standing', 'evaluated_at'].map((key) => t(`segments.${key}`))
  const rows = [...states].map(([name, { members, standing, evaluatedAt }]) => [
    name,
    terminal.number(members),
    t(`segments.standings.${standing}`),
    evaluatedAt === undefined ? '' : terminal.instant(evaluatedAt),
  ])
  showTable(terminal, header, rows)
  for (const [segment, { standing, failure }] of states) {
    if (standing === 'current' || (standing === 'never' && !failure)) continue
    const reason = failure
      ? t('segments.failed', { reason: error(failure).title, date: terminal.instant(failure.since) })
      : t('segments.outdated')
    terminal.say(`${terminal.style(styles[standing], '!')} ${segment}: ${reason}`)
  }
}

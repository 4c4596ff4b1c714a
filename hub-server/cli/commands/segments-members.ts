import type { SegmentMember } from '../../../core/port/segment-insight.ts'
import { listMembers } from '../../api/contract/segment.ts'
import { optionValue, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import type { HubClient } from '../hub-client.ts'
import { showTable } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { readWholeNumber } from '../whole-number.ts'
import { withClient } from '../with-client.ts'

/** People shown where nobody says how many, people at most, and people that one request brings. */
const [usual, most, pageSize] = [50, 100_000, 500]

interface Members {
  readonly members: readonly SegmentMember[]
  readonly masked: boolean
  /** Where to go on; null: that was everybody. */
  readonly nextCursor: string | null
}

/** Lists who is in a segment, in the order of their profiles, from the beginning or from where a list before it ended. */
export const segmentsMembers: CommandAction = async (context, input) => {
  const { terminal } = context
  const segment = input.arguments['segment'] ?? ''
  const limit = readWholeNumber(optionValue(input, 'limit'), { name: 'limit', from: 1, to: most }) ?? usual
  const { members, masked, nextCursor } = await withClient(context, 'segments members', (hub) =>
    readMembers(hub, { segment, limit, cursor: optionValue(input, 'cursor') }),
  )
  terminal.document('segment_members', { segment, members, masked, next_cursor: nextCursor })
  showMembers(terminal, segment, members)
  if (masked) terminal.note(terminal.translator.t('segments.members_masked'))
  if (nextCursor !== null)
    terminal.note(terminal.translator.t('segments.members_more', { segment, cursor: nextCursor }))
  return exitCode.done
}

async function readMembers(
  hub: HubClient,
  asked: { readonly segment: string; readonly limit: number; readonly cursor: string | undefined },
): Promise<Members> {
  const { segment, limit } = asked
  const members: SegmentMember[] = []
  let cursor = asked.cursor ?? null
  let masked = false
  do {
    const query = { limit: Math.min(pageSize, limit - members.length), ...(cursor !== null && { cursor }) }
    const page: Members = await hub.ask(listMembers, { params: { segment }, query })
    members.push(...page.members)
    masked ||= page.masked
    cursor = page.nextCursor
  } while (cursor !== null && members.length < limit)
  return { members, masked, nextCursor: cursor }
}

function showMembers(terminal: Terminal, segment: string, members: readonly SegmentMember[]): void {
  const { t } = terminal.translator
  if (members.length === 0) {
    terminal.say(t('segments.members_none', { segment }))
    return
  }
  const header = ['person', 'member_since', 'identifiers'].map((key) => t(`segments.${key}`))
  const rows = members.map(({ profileId, since, identifiers }) => [
    profileId,
    terminal.instant(since),
    identifiers.map(({ kind, value }) => `${kind} ${value}`).join('  '),
  ])
  showTable(terminal, header, rows)
}

import { tracePerson, type PersonTrail } from '../../api/contract/audit.ts'
import type { CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import { showTable } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { withClient } from '../with-client.ts'

/** Tells who saw a person in the hub, and which audiences received which fields of them. */
export const auditPerson: CommandAction = async (context, input) => {
  const { terminal } = context
  const person = input.arguments['person'] ?? ''
  const trail = await withClient(context, 'audit person', (client) =>
    client.ask(tracePerson, { body: { person } }),
  )
  terminal.document('person_trail', { ...trail })
  showTrail(terminal, trail)
  return exitCode.done
}

function showTrail(terminal: Terminal, { profileId, seen, received }: PersonTrail): void {
  const { t } = terminal.translator
  const column = (name: string): string => t(`audit.column_${name}`)
  terminal.say(t('audit.seen_title', { person: profileId, count: seen.length }))
  if (seen.length > 0)
    showTable(
      terminal,
      ['at', 'actor', 'action'].map(column),
      seen.map(({ at, actor, action }) => [terminal.instant(at), actor, action]),
    )
  terminal.say(t('audit.received_title', { count: received.length }))
  if (received.length > 0)
    showTable(
      terminal,
      ['connection', 'audience', 'status', 'at', 'fields'].map(column),
      received.map(({ connection, audience, status, at, fields }) => [
        connection,
        audience,
        status,
        at === null ? '–' : terminal.instant(Date.parse(at)),
        fields.join(', '),
      ]),
    )
}

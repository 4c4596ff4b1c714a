import { previewUnmerge, unmergeProfile } from '../../api/contract/identity.ts'
import { changePeople } from '../change-people.ts'
import type { CommandAction, CommandInput } from '../command.ts'

/** Takes records out of a profile for good, after showing what that changes. */
export const profilesUnmerge: CommandAction = (context, input) =>
  changePeople(context, input, {
    command: 'unmerge',
    preview: previewUnmerge,
    carryOut: unmergeProfile,
    body: { person: input.arguments['person'] ?? '', records: recordsOf(input) },
  })

/** Names as they were typed: an id of a source may hold a comma. */
function recordsOf({ options: { record } }: CommandInput): string[] {
  if (record === undefined || record === true) return []
  return typeof record === 'string' ? [record] : [...record]
}

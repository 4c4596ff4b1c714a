import { changePeople } from '../change-people.ts'
import type { CommandAction } from '../command.ts'

/** Makes two profiles one, after showing what that changes. */
export const profilesMerge: CommandAction = (context, input) =>
  changePeople(context, input, {
    command: 'merge',
    action: 'profiles_merged',
    work: (open, settle) =>
      open.identities.merge(input.arguments['person'] ?? '', input.arguments['other'] ?? '', settle),
  })

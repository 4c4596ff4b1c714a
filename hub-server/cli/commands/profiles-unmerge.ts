import { changePeople } from '../change-people.ts'
import { optionValues, type CommandAction } from '../command.ts'

/** Takes records out of a profile for good, after showing what that changes. */
export const profilesUnmerge: CommandAction = (context, input) =>
  changePeople(context, input, {
    command: 'unmerge',
    action: 'profile_unmerged',
    work: (open, settle) =>
      open.identities.unmerge(input.arguments['person'] ?? '', optionValues(input, 'record'), settle),
  })

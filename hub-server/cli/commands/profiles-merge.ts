import { mergeProfiles, previewMerge } from '../../api/contract/identity.ts'
import { changePeople } from '../change-people.ts'
import type { CommandAction } from '../command.ts'

/** Makes two profiles one, after showing what that changes. */
export const profilesMerge: CommandAction = (context, input) =>
  changePeople(context, input, {
    command: 'merge',
    preview: previewMerge,
    carryOut: mergeProfiles,
    body: { person: input.arguments['person'] ?? '', other: input.arguments['other'] ?? '' },
  })

import { z } from 'zod'
import type { PickAction } from '../../../core/membership/picked-rule.ts'
import { describeRoute } from './describe-route.ts'
import { nameText, personText, wire } from './wire.ts'

interface PickOrder {
  readonly person: string
  readonly action: PickAction
}

/** What became of a pick. */
export interface PickAnswer {
  readonly segment: string
  readonly profileId: string
  readonly action: PickAction
  readonly isMember: boolean
}

const action = z.enum(['picked', 'dropped'])

export const pickPerson = describeRoute({
  name: 'picks.note',
  method: 'POST',
  path: '/v1/segments/{segment}/picks',
  permission: 'people:write',
  summary: 'Puts a person into a hand-picked segment, or takes them out.',
  params: wire<{ readonly segment: string }>({ segment: nameText }),
  body: wire<PickOrder>({ person: personText, action }),
  answer: wire<PickAnswer>({
    segment: z.string(),
    profileId: z.string(),
    action,
    isMember: z.boolean(),
  }),
  errors: [
    'segment.unknown_name',
    'segment.not_picked',
    'segment.pick_nameless',
    'run.profile_unknown',
    'run.not_applied',
  ],
  example: {
    params: { segment: 'vip-dinner' },
    body: { person: 'ada@example.com', action: 'picked' },
    answer: { segment: 'vip-dinner', profile_id: 'p_12', action: 'picked', is_member: true },
  },
})

export const pickContracts = [pickPerson]

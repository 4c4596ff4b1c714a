import { z } from 'zod'
import { defineAction } from '../../../core/connector/action.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import { callDataManager, type GoogleAdsContext } from '../data-manager.ts'
import { toDestinations } from '../member-request.ts'
import { listIdOf } from '../user-list.ts'
import { audienceId, validateOnly } from './audience-id.ts'

const act = 'removing older members of a user list'

const input = z.strictObject({
  audience_id: audienceId,
  added_before: z.iso.datetime({ offset: true }).meta({
    description:
      'Removes members who were last added before this instant. To clear a list of strangers: note the time, let a full sync run to its end, then give a time some minutes before the note.',
  }),
  validate_only: validateOnly,
})

/**
 * Second half of Google's replace-all recipe (chapter 2.2). The instant has no default: left out, Google takes "now" and empties the
 * list.
 */
export const removeOlderMembers = defineAction({
  name: 'remove_older_members',
  description: 'Takes everybody off a list who was last added before an instant.',
  effect: 'removes_people',
  input,
  run: runRemove,
})

async function runRemove(context: GoogleAdsContext, given: z.output<typeof input>): Promise<JsonObject> {
  const lists = [listIdOf(context.config, given.audience_id, act)]
  if (Date.parse(given.added_before) > context.clock.now())
    throw new PlatformError('platform.invalid_request', { act, said: 'the instant lies in the future' })
  const answer = await callDataManager(context, {
    act,
    method: 'POST',
    path: 'audienceMembers:removeAll',
    body: {
      destinations: toDestinations(context.config, lists),
      removeAsOfTime: new Date(given.added_before).toISOString(),
      ...(given.validate_only && { validateOnly: true }),
    },
    answer: z.object({ requestId: z.string().min(1) }),
  })
  return {
    audience_id: given.audience_id,
    validated_only: given.validate_only,
    job: given.validate_only ? null : answer.requestId,
  }
}

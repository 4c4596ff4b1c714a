import { z } from 'zod'
import { defineAction } from '../../../core/connector/action.ts'
import type { Ga4Config } from '../config.ts'
import { deleteUserData, type AnalyticsId } from '../delete-user-data.ts'

const id = z.string().min(1).max(256)
const input = z
  .strictObject({
    user_id: id.optional().meta({ description: 'The id that the site hands to its tag.' }),
    client_id: id.optional().meta({ description: "The visitor's id in the tag's cookie." }),
    app_instance_id: id.optional().meta({ description: 'Id of the app installation.' }),
  })
  .refine(
    (ids) => Object.values(ids).filter((each) => each !== undefined).length === 1,
    'give exactly one id',
  )

/** Has all data of one id deleted. */
export const deleteUser = defineAction<Ga4Config, typeof input>({
  name: 'delete_user',
  description:
    'Requests the deletion of all data of one user id, client id or app instance id. It cannot be undone.',
  effect: 'removes_people',
  input,
  run: async (context, ids) => ({ deletion_requested_at: await deleteUserData(context, toAnalyticsId(ids)) }),
})

function toAnalyticsId(ids: z.output<typeof input>): AnalyticsId {
  if (ids.user_id !== undefined) return { userId: ids.user_id }
  if (ids.client_id !== undefined) return { clientId: ids.client_id }
  return { appInstanceId: ids.app_instance_id ?? '' }
}

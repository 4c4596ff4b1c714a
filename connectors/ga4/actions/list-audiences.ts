import { z } from 'zod'
import { defineAction } from '../../../core/connector/action.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import { callGoogle } from '../client.ts'
import type { Ga4Config, Ga4Context } from '../config.ts'
import { propertyOf } from '../endpoints.ts'
import { refuseRepeatedToken } from '../sources/audience-export.ts'
import { audienceAnswer, describeAudience } from './audience-answer.ts'

const input = z.strictObject({})

/** Lists the audiences of the property with their ids, which the source audience_members is configured by. */
export const listAudiences = defineAction<Ga4Config, typeof input>({
  name: 'list_audiences',
  description: 'Lists the audiences of the property with their ids.',
  effect: 'reads',
  input,
  run: async (context) => ({ audiences: await readAudiences(context) }),
})

const page = z.strictObject({
  audiences: z.array(audienceAnswer).default([]),
  nextPageToken: z.string().optional(),
})

async function readAudiences(context: Ga4Context): Promise<JsonObject[]> {
  const act = 'listing audiences'
  const found: JsonObject[] = []
  let pageToken: string | undefined
  do {
    const answer: z.output<typeof page> = await callGoogle(context, {
      act,
      budget: 'admin_requests',
      answer: page,
      send: ({ admin, once }) =>
        admin.listAudiences(
          {
            parent: propertyOf(context.config),
            pageSize: 200,
            ...(pageToken !== undefined && { pageToken }),
          },
          once,
        ),
    })
    found.push(...answer.audiences.map((each) => describeAudience(each)))
    refuseRepeatedToken(pageToken, answer.nextPageToken, act)
    pageToken = answer.nextPageToken
  } while (pageToken !== undefined && pageToken !== '')
  return found
}

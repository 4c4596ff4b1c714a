import { z } from 'zod'
import { defineAction } from '../../../core/connector/action.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import type { GoogleAdsContext } from '../data-manager.ts'
import { mutate } from '../mutate.ts'
import { listIdOf } from '../user-list.ts'
import { audienceId, validateOnly } from './audience-id.ts'

const input = z.strictObject({
  name: z.string().trim().min(1).max(255),
  // Ten seeds are the number on Google's help pages; the API's own limit is not published.
  seed_audience_ids: z.array(audienceId).min(1).max(10),
  expansion: z
    .enum(['narrow', 'balanced', 'broad'])
    .default('balanced')
    .meta({ description: 'About 2.5, 5 or 10 per cent of the people of the countries.' }),
  countries: z
    .array(z.string().regex(/^[A-Z]{2}$/))
    .min(1)
    .meta({ description: 'Countries, ISO 3166-1 alpha-2.' }),
  validate_only: validateOnly,
})

/** Makes a lookalike segment of one or more lists. It cannot be changed later, and serves in Demand Gen campaigns only. */
export const createLookalike = defineAction({
  name: 'create_lookalike',
  description: 'Makes a lookalike segment out of audiences, for Demand Gen campaigns.',
  input,
  run: runCreate,
})

async function runCreate(context: GoogleAdsContext, given: z.output<typeof input>): Promise<JsonObject> {
  const act = 'creating a lookalike segment'
  const seeds = given.seed_audience_ids.map((id) => listIdOf(context.config, id, act))
  const [created] = await mutate(context, {
    act,
    validateOnly: given.validate_only,
    operations: [
      {
        entity: 'user_list',
        operation: 'create',
        resource: {
          name: given.name,
          description: 'Made by Affluent.',
          lookalike_user_list: {
            seed_user_list_ids: seeds,
            expansion_level: given.expansion.toUpperCase(),
            country_codes: given.countries,
          },
        },
      },
    ],
  })
  return {
    audience_id: created ?? null,
    validated_only: given.validate_only,
    ready:
      'Google fills it within two or three days; its seeds together need about 100 matched, active people.',
  }
}

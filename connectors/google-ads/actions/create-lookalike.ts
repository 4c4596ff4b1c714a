import { z } from 'zod'
import { defineAction } from '../../../core/connector/action.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import type { GoogleAdsContext } from '../data-manager.ts'
import { mutate } from '../mutate.ts'
import { largestSize, listIdOf, readUserList } from '../user-list.ts'
import { audienceId, fewestToServe, validateOnly } from './audience-id.ts'

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
  allow_small: z.boolean().default(false).meta({
    description:
      'Also when the seeds together are smaller than Google asks for, or too young to have a size.',
  }),
  validate_only: validateOnly,
})

/** Makes a lookalike segment of one or more lists. It cannot be changed later, and serves in Demand Gen campaigns only. */
export const createLookalike = defineAction({
  name: 'create_lookalike',
  description: 'Makes a lookalike segment out of audiences, for Demand Gen campaigns.',
  effect: 'changes',
  input,
  run: runCreate,
})

async function runCreate(context: GoogleAdsContext, given: z.output<typeof input>): Promise<JsonObject> {
  const act = 'creating a lookalike segment'
  const seeds = given.seed_audience_ids.map((id) => listIdOf(context.config, id, act))
  if (!given.allow_small) await assertLargeEnough(context, seeds, act)
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

/** Google takes seeds that are too small and then never fills the lookalike (chapter 3.3). Seeds that are not of our kind have no size here. */
async function assertLargeEnough(
  context: GoogleAdsContext,
  seeds: readonly string[],
  act: string,
): Promise<void> {
  let people = 0
  for (const seed of seeds) people += largestSize(await readUserList(context, seed, act))
  if (people >= fewestToServe) return
  throw new PlatformError('platform.audience_unusable', {
    act,
    said: `the seeds together have about ${people} matched people, Google asks for ${fewestToServe}`,
    remedy:
      'Wait two days after the first upload for the size to show, or take larger seeds; allow_small makes it all the same.',
  })
}

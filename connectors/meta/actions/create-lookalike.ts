import { AdAccount, CustomAudience } from 'facebook-nodejs-business-sdk'
import { z } from 'zod'
import { defineAction, type Action } from '../../../core/connector/action.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { audienceBudgetOf } from '../budgets.ts'
import { callMeta, type MetaContext } from '../client.ts'
import type { MetaConfig } from '../config.ts'
import { findLookalike, toAudience } from '../destinations/find-audience.ts'

/** Meta's rules: https://developers.facebook.com/docs/marketing-api/audiences/guides/lookalike-audiences. */
const share = z.number().min(0.01).max(0.2).multipleOf(0.01)
const input = z
  .strictObject({
    name: z.string().min(1).max(200),
    /** The audience whose members the new one shall be like. */
    origin_audience_id: z.string().regex(/^\d{1,20}$/),
    /** Share of a country's people, 0.01 to 0.20 in steps of 0.01. */
    ratio: share.optional(),
    /** Leaves out the nearest people up to this share: 0.01 with a ratio of 0.02 is the second hundredth. */
    starting_ratio: share.optional(),
    /** Instead of a ratio: similarity is 1 %, reach is 5 %. */
    type: z.enum(['similarity', 'reach']).optional(),
    /** Two-letter codes. */
    countries: z
      .array(z.string().regex(/^[A-Z]{2}$/))
      .min(1)
      .refine((codes) => new Set(codes).size === codes.length, 'a country stands there twice'),
    /** Takes members from other countries where the target country has too few. */
    allow_international_seeds: z.boolean().default(false),
  })
  .refine(({ ratio, type }) => (ratio === undefined) !== (type === undefined), {
    message: 'give either ratio or type',
    path: ['ratio'],
  })
  .refine(
    ({ ratio, starting_ratio: start }) => start === undefined || (ratio !== undefined && start < ratio),
    {
      message: 'must be less than ratio',
      path: ['starting_ratio'],
    },
  )
type LookalikeInput = z.output<typeof input>

/** Makes an audience of people who are like the members of another one. Run again with the same name it changes nothing. */
export const createLookalike: Action<MetaConfig> = defineAction({
  name: 'create_lookalike',
  description:
    'Creates a lookalike audience from a custom audience, for a share of the people of some countries. Meta needs 1 to 6 hours to fill it.',
  effect: 'changes',
  input,
  async run(context: MetaContext, wanted) {
    const known = await findLookalike(context, wanted.name)
    if (known) return { ...known, created: false }
    const { is_value_based: isValueBased } = await readOrigin(context, wanted.origin_audience_id)
    return { ...(await create(context, wanted, isValueBased)), created: true }
  },
})

const act = 'creating a lookalike audience'
const fewestSeeds = 100
const mostLookalikes = 500

const origin = z.object({
  id: z.string(),
  account_id: z.string().optional(),
  approximate_count_upper_bound: z.number().default(-1),
  delivery_status: z.object({ code: z.number() }).optional(),
  lookalike_audience_ids: z.array(z.unknown()).default([]),
  is_value_based: z.boolean().default(false),
})

/** What Meta would refuse, said before a half-made audience stands in the account. */
async function readOrigin(context: MetaContext, id: string): Promise<z.output<typeof origin>> {
  const found = await callMeta(context, {
    act: 'reading the origin of a lookalike audience',
    budget: audienceBudgetOf(context.config),
    answer: origin,
    send: (api) => new CustomAudience(id, {}, undefined, api).get(Object.keys(origin.shape)),
  })
  const why = whyUnfit(found, context.config.ad_account_id)
  if (why !== undefined) throw new PlatformError('platform.audience_unusable', { act, said: why, remedy })
  return found
}

const remedy = 'Choose another origin audience, or wait until Meta matched enough people of this one.'

/** -1 says "not known" as well as "too small"; only the delivery status tells which. */
function whyUnfit(found: z.output<typeof origin>, adAccountId: string): string | undefined {
  if (found.account_id !== undefined && `act_${found.account_id}` !== adAccountId)
    return 'an audience that another account shared cannot be the origin'
  const most = found.approximate_count_upper_bound
  const isTooSmall = most < 0 ? found.delivery_status?.code === 300 : most < fewestSeeds
  if (isTooSmall) return `the origin needs at least ${fewestSeeds} people of each country`
  return found.lookalike_audience_ids.length >= mostLookalikes
    ? `the origin has ${mostLookalikes} lookalike audiences already`
    : undefined
}

async function create(
  context: MetaContext,
  wanted: LookalikeInput,
  isValueBased: boolean,
): Promise<{ id: string; name: string; url: string }> {
  const { config } = context
  const { id } = await callMeta(context, {
    act,
    budget: audienceBudgetOf(config),
    // A second one of the same name would be made.
    repeatable: false,
    answer: z.object({ id: z.string() }),
    send: (api) =>
      new AdAccount(config.ad_account_id, {}, undefined, api).createCustomAudience([], {
        name: wanted.name,
        subtype: 'LOOKALIKE',
        origin_audience_id: wanted.origin_audience_id,
        lookalike_spec: JSON.stringify(toSpec(wanted, isValueBased)),
      }),
  })
  return { id, name: wanted.name, url: toAudience(context, { id, name: wanted.name }).url }
}

/** A share of people like the most valuable ones is Meta's type "custom_ratio". */
function toSpec(wanted: LookalikeInput, isValueBased: boolean): Record<string, unknown> {
  const { ratio, starting_ratio, countries } = wanted
  const type = isValueBased && ratio !== undefined ? 'custom_ratio' : wanted.type
  const [country, ...others] = countries
  return {
    ...(ratio !== undefined && { ratio }),
    ...(starting_ratio !== undefined && { starting_ratio }),
    ...(type !== undefined && { type }),
    ...(others.length === 0 ? { country } : { location_spec: { geo_locations: { countries } } }),
    ...(wanted.allow_international_seeds && { allow_international_seeds: true }),
  }
}

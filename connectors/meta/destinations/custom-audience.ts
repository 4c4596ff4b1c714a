import { AdAccount, CustomAudience } from 'facebook-nodejs-business-sdk'
import { z } from 'zod'
import type { Audience, AudienceSize, Destination } from '../../../core/connector/destination.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import { readAdAccount } from '../ad-account.ts'
import { audienceBudgetOf } from '../budgets.ts'
import { callMeta, type MetaContext } from '../client.ts'
import type { MetaConfig } from '../config.ts'
import { termsLink, valueTermsLink } from '../errors.ts'
import { valueSetting } from '../lookalike-value.ts'
import { audienceFields } from '../normalise/rules.ts'
import { rowsPerRequest } from '../user-payload.ts'
import { findAudience, toAudience } from './find-audience.ts'
import { replaceUsers } from './replace-users.ts'
import { writeUsers } from './write-users.ts'

const settings = z.strictObject({
  [valueSetting]: z.boolean().default(false).meta({
    description:
      'Each member has a value (LOOKALIKE_VALUE), for lookalikes of the best ones. Fixed at creation.',
  }),
})

/** Meta's customer list. Members can be added and taken off, never listed; only a blurred size can be read back. */
export const customAudience: Destination<MetaConfig> = {
  kind: 'custom_audience',
  description: 'Custom audience of an ad account, filled from a customer list.',
  // No `update`: a row with a new e-mail would leave the match of the old one in the audience.
  capabilities: { remove: true, replace: true, create: true, readSize: true, repeatable: true },
  settings,
  fields: audienceFields,
  recordsPerBatch: rowsPerRequest,
  callsPerBatch: (records) => Math.ceil(records / rowsPerRequest),
  // Meta publishes 100 people as the least for a lookalike's seed; for delivery it only says "too small" (delivery status 300).
  minimumSize: 100,
  visibleAfterMs: 24 * 3_600_000,
  find: findAudience,
  create: createAudience,
  add: (context, request) => writeUsers(context, request, 'add'),
  remove: (context, request) => writeUsers(context, request, 'remove'),
  replace: replaceUsers,
  readSize,
}

const act = 'creating a custom audience'

const refusal = (said: string, link: string): PlatformError =>
  new PlatformError('platform.terms_not_accepted', { act, said, link })

/** Refused before a call that Meta would refuse, with the page where a person accepts. */
async function checkTerms(context: MetaContext, isValueBased: boolean): Promise<void> {
  const { termsAccepted, valueTermsAccepted } = await readAdAccount(context)
  const { ad_account_id: account } = context.config
  if (!termsAccepted) throw refusal('the Custom Audience terms are not accepted', termsLink(account))
  if (isValueBased && !valueTermsAccepted)
    throw refusal('the terms of value-based audiences are not accepted', valueTermsLink(account))
}

async function createAudience(
  context: MetaContext,
  wanted: { name: string; settings?: JsonObject },
): Promise<Audience> {
  const { config } = context
  const isValueBased = wanted.settings?.[valueSetting] === true
  await checkTerms(context, isValueBased)
  const created = await callMeta(context, {
    act,
    budget: audienceBudgetOf(config),
    // A second one of the same name would be made.
    repeatable: false,
    answer: z.object({ id: z.string() }),
    send: (api) =>
      new AdAccount(config.ad_account_id, {}, undefined, api).createCustomAudience([], {
        name: wanted.name,
        subtype: 'CUSTOM',
        customer_file_source: config.customer_file_source,
        ...(isValueBased && { [valueSetting]: true }),
      }),
  })
  return toAudience(context, { id: created.id, name: wanted.name })
}

const bounds = z.object({
  approximate_count_lower_bound: z.number().optional(),
  approximate_count_upper_bound: z.number().optional(),
  delivery_status: z.object({ code: z.number() }).optional(),
})

async function readSize(context: MetaContext, audience: Audience): Promise<AudienceSize> {
  const answer = await callMeta(context, {
    act: 'reading the size of a custom audience',
    budget: audienceBudgetOf(context.config),
    // An object without either bound is readable: Meta leaves out what it does not know.
    answer: bounds.extend({ id: z.string() }),
    send: (api) =>
      new CustomAudience(audience.externalId, {}, undefined, api).get([
        'id',
        'approximate_count_lower_bound',
        'approximate_count_upper_bound',
        'delivery_status',
      ]),
  })
  return {
    atLeast: known(answer.approximate_count_lower_bound),
    atMost: known(answer.approximate_count_upper_bound),
    // 300: no ad is shown to so few people. It passes by itself once more are matched.
    ...(answer.delivery_status?.code === 300 && { tooSmall: true }),
  }
}

/** -1: not known yet, or too small to tell. */
const known = (count: number | undefined): number | null => (count === undefined || count < 0 ? null : count)

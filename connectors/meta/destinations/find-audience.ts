import { AdAccount, CustomAudience } from 'facebook-nodejs-business-sdk'
import { z } from 'zod'
import type { Audience, WantedAudience } from '../../../core/connector/destination.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { checkAudienceState } from '../audience-status.ts'
import { audienceBudgetOf } from '../budgets.ts'
import { callMeta, type MetaContext } from '../client.ts'
import { valueSetting } from '../lookalike-value.ts'

const node = z.object({
  id: z.string(),
  name: z.string(),
  subtype: z.string().optional(),
  account_id: z.string().optional(),
  // Absent: Meta leaves out what is false or not known.
  is_value_based: z.boolean().default(false),
  operation_status: z.object({ code: z.number() }).optional(),
  fields_violating_integrity_policy: z.array(z.string()).optional(),
  delete_time: z.number().optional(),
})
const page = z.object({
  data: z.array(node),
  paging: z
    .object({ cursors: z.object({ after: z.string().optional() }).optional(), next: z.string().optional() })
    .optional(),
})

/** Fields that tell whether an audience takes people, and which. */
const state = ['is_value_based', 'operation_status', 'fields_violating_integrity_policy', 'delete_time']

/** Meta recommends small pages: large ones fail with "reduce the amount of data". */
const pageSize = 20

/** The audience as the hub knows it. */
export function toAudience(
  context: MetaContext,
  found: { id: string; name: string },
): Audience & { url: string } {
  const account = context.config.ad_account_id.replace('act_', '')
  const url = `https://business.facebook.com/adsmanager/audiences?act=${account}`
  return { externalId: found.id, name: found.name, url }
}

/**
 * Finds a customer-list audience by the stored id, else by its exact name. An id that Meta will not show (100/33) says "missing" and
 * "no right" alike; the account's list settles it: it fails without the right, and lacks the audience when it is gone. Throws
 * `platform.audience_unusable` for one that takes nobody, or that is value-based when it should not be, or the other way round.
 */
export async function findAudience(context: MetaContext, wanted: WantedAudience): Promise<Audience | null> {
  const stored = wanted.externalId === undefined ? null : await readAudience(context, wanted.externalId)
  const found = stored ?? (await findNamed(context, wanted.name, isCustomerList))
  if (!found) return null
  checkAudienceState(found, { act, connection: context.connection, logger: context.logger })
  checkKind(found, wanted.settings?.[valueSetting] === true)
  return toAudience(context, found)
}

const act = 'finding a custom audience'

/** Meta fixes it when an audience is made: a list of values cannot become one of people only. */
function checkKind(found: Node, isValueBased: boolean): void {
  if (found.is_value_based === isValueBased) return
  throw new PlatformError('platform.audience_unusable', {
    act,
    said: isValueBased
      ? 'the audience was made without values, and that cannot be changed'
      : 'the audience was made with values (is_value_based), and that cannot be changed',
    remedy:
      'Give the sync the name of an audience that does not exist yet, or make its settings fit this one.',
  })
}

/** Finds a lookalike audience by its exact name. */
export async function findLookalike(
  context: MetaContext,
  name: string,
): Promise<{ id: string; name: string; url: string } | null> {
  const found = await findNamed(context, name, ({ subtype }) => subtype === 'LOOKALIKE')
  return found ? { id: found.id, name, url: toAudience(context, found).url } : null
}

type Node = z.output<typeof node>

async function findNamed(
  context: MetaContext,
  name: string,
  fits: (audience: Node) => boolean,
): Promise<Node | undefined> {
  const named: Node[] = []
  for await (const audiences of listAudiences(context))
    named.push(...audiences.filter((each) => each.name === name && fits(each)))
  const [found, other] = named
  if (other) {
    throw new PlatformError('platform.audience_unusable', {
      act,
      said: `${named.length} audiences have this name`,
      remedy: 'Rename all but one of them in Ads Manager.',
    })
  }
  return found
}

const isCustomerList = (audience: { subtype?: string | undefined }): boolean =>
  audience.subtype === undefined || audience.subtype === 'CUSTOM'

async function readAudience(context: MetaContext, id: string): Promise<Node | null> {
  const reading = 'reading a custom audience'
  try {
    const audience = await callMeta(context, {
      act: reading,
      budget: audienceBudgetOf(context.config),
      answer: node,
      send: (api) => new CustomAudience(id, {}, undefined, api).get(['id', 'name', 'account_id', ...state]),
    })
    const account = audience.account_id
    if (account !== undefined && `act_${account}` !== context.config.ad_account_id)
      throw new PlatformError('platform.account_changed', {
        act: reading,
        said: 'the audience is of another account',
      })
    return audience
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'platform.not_found') return null
    throw error
  }
}

/** Pages of the account's audiences. The next page is asked for by its cursor: `paging.next` is an address with the token in it. */
async function* listAudiences(context: MetaContext): AsyncGenerator<readonly z.output<typeof node>[]> {
  const seen = new Set<string>()
  let after: string | undefined
  do {
    const answer = await readPage(context, after)
    yield answer.data
    after = answer.paging?.next === undefined ? undefined : answer.paging.cursors?.after
    if (after !== undefined && seen.has(after)) {
      throw new PlatformError('platform.unreadable_answer', {
        act: 'listing custom audiences',
        said: 'the same page came twice',
      })
    }
    if (after !== undefined) seen.add(after)
  } while (after !== undefined)
}

function readPage(context: MetaContext, after: string | undefined): Promise<z.output<typeof page>> {
  return callMeta(context, {
    act: 'listing custom audiences',
    budget: audienceBudgetOf(context.config),
    answer: page,
    send: (api) =>
      new AdAccount(context.config.ad_account_id, {}, undefined, api).getCustomAudiences(
        ['id', 'name', 'subtype', ...state],
        { limit: pageSize, ...(after !== undefined && { after }) },
      ),
  })
}

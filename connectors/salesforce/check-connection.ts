import { z } from 'zod'
import type { ConnectionCheck } from '../../core/connector/connector.ts'
import { PlatformError } from '../../core/errors/affluent-error.ts'
import { callSalesforce } from './client.ts'
import type { SalesforceContext } from './config.ts'
import { describe, fieldOf } from './describe.ts'
import { individualRemedy } from './individual.ts'

/** What the connector does with each object; the flags of the global description. */
export const objectNeeds = {
  Contact: ['queryable', 'createable', 'updateable'],
  Lead: ['queryable', 'createable', 'updateable'],
  Account: ['queryable'],
  Opportunity: ['queryable'],
  Task: ['queryable'],
  Campaign: ['queryable', 'createable'],
  CampaignMember: ['queryable', 'createable', 'deletable'],
} as const

const globalAnswer = z.object({
  sobjects: z.array(
    z.object({
      name: z.string(),
      queryable: z.boolean().default(false),
      createable: z.boolean().default(false),
      updateable: z.boolean().default(false),
      deletable: z.boolean().default(false),
    }),
  ),
})

/** The org, the rights on each object that is read or written, our external id field, the opt-out field. */
export async function checkConnection(context: SalesforceContext): Promise<readonly ConnectionCheck[]> {
  const { body } = await callSalesforce(context, {
    act: 'checking the rights of the integration user',
    method: 'GET',
    path: '/sobjects',
    answer: globalAnswer,
    repeatable: true,
    urgent: true,
  })
  const objects = new Map(body.sobjects.map((object) => [object.name, object]))
  const facts = (await context.credentials?.current())?.facts ?? {}
  const checks: ConnectionCheck[] = [{ name: `org ${facts['org_id'] ?? ''}`, ok: true }]
  for (const [name, rights] of Object.entries(objectNeeds)) {
    const missing = rights.filter((right) => objects.get(name)?.[right] !== true)
    checks.push({
      name: `${name} (${rights.join(', ')})`,
      ok: missing.length === 0,
      ...(missing.length > 0 && { remedy: grantRemedy(name, missing.join(', ')) }),
    })
  }
  const hasIndividual = objects.get('Individual')?.queryable === true
  checks.push(checkIndividual(hasIndividual, context.config))
  return [...checks, ...(await checkFields(context))]
}

async function checkFields(context: SalesforceContext): Promise<ConnectionCheck[]> {
  const { external_id_field: externalIdField } = context.config
  const checks: ConnectionCheck[] = []
  for (const object of ['Contact', 'Lead']) {
    const description = await describeOrNothing(context, object)
    if (!description) continue
    const own = fieldOf(description, externalIdField)
    const isUsable = own?.externalId === true && own.createable && own.updateable
    checks.push({
      name: `${object}.${externalIdField} (external id)`,
      ok: isUsable,
      ...(!isUsable && {
        remedy: own
          ? `Make ${object}.${externalIdField} an External ID (Text 64, Unique, case-insensitive) and grant read and edit access to it.`
          : `Create ${externalIdField} on ${object} (Text 64, External ID, Unique, case-insensitive), by hand or by the action "create_fields", and grant read and edit access to it.`,
      }),
    })
    for (const name of ['HasOptedOutOfEmail', 'DoNotCall']) {
      const isWritable = fieldOf(description, name)?.updateable === true
      checks.push({
        name: `${object}.${name}`,
        ok: isWritable,
        ...(!isWritable && {
          remedy: `Grant read and edit access to ${object}.${name}: opt-outs are neither seen nor written without it.`,
        }),
      })
    }
  }
  return checks
}

const grantRemedy = (object: string, rights: string): string =>
  object.startsWith('Campaign')
    ? `Grant ${rights} on ${object} in the permission set of the integration user and make it a Marketing User.`
    : `Grant ${rights} on ${object} in the permission set of the integration user.`

/** Most orgs have no Individuals; that is a fault only where the configuration asks for them. */
function checkIndividual(isThere: boolean, { erasure }: SalesforceContext['config']): ConnectionCheck {
  if (isThere) return { name: 'Individual (privacy preferences)', ok: true }
  return erasure === 'forget'
    ? { name: 'Individual (needed for "erasure": "forget")', ok: false, remedy: individualRemedy }
    : { name: 'Individual (not in this org, or hidden: its opt-outs are not seen)', ok: true }
}

/** An object without any right has been told above already. */
async function describeOrNothing(
  context: SalesforceContext,
  object: string,
): Promise<Awaited<ReturnType<typeof describe>> | undefined> {
  try {
    return await describe(context, object, { fresh: true, urgent: true })
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'platform.permission_missing') return undefined
    throw error
  }
}

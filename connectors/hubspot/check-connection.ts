import { z } from 'zod'
import type { ConnectionCheck } from '../../core/connector/connector.ts'
import { PlatformError } from '../../core/errors/affluent-error.ts'
import { callHubspot, openAccount } from './account.ts'
import { contactPropertiesPath, contactsPath, listsPath, type HubspotRequest } from './client.ts'
import type { HubspotContext } from './config.ts'

/** A request that changes nothing and that HubSpot answers with 403 when the scope is missing. */
interface Probe {
  readonly scope: string
  readonly request: Pick<HubspotRequest<z.ZodType>, 'method' | 'path' | 'body' | 'query'>
}

/** Reads ask for one object. Writes have nothing in them, or go to a list that cannot exist, so they are refused after the scope. */
const probes: readonly Probe[] = [
  {
    scope: 'crm.objects.contacts.read',
    request: { method: 'GET', path: contactsPath, query: { limit: '1' } },
  },
  {
    scope: 'crm.objects.contacts.write',
    request: { method: 'POST', path: `${contactsPath}/batch/update`, body: { inputs: [] } },
  },
  {
    scope: 'crm.lists.read',
    request: { method: 'POST', path: `${listsPath}/search`, body: { query: '', count: 1, offset: 0 } },
  },
  { scope: 'crm.lists.write', request: { method: 'PUT', path: `${listsPath}/0/memberships/add`, body: [] } },
]

/** The account, each scope that this connector needs, and the unique property where the account has one of that name. */
export async function checkConnection(context: HubspotContext): Promise<readonly ConnectionCheck[]> {
  const { portalId } = await openAccount(context)
  const checks: ConnectionCheck[] = [{ name: `account ${portalId}`, ok: true }]
  for (const probe of probes) checks.push(await checkScope(context, probe))
  return [...checks, ...(await checkUniqueProperty(context))]
}

async function checkScope(context: HubspotContext, { scope, request }: Probe): Promise<ConnectionCheck> {
  try {
    await callHubspot(context, {
      ...request,
      act: `checking the scope ${scope}`,
      answer: z.unknown(),
      repeatable: true,
    })
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error
    if (error.code === 'platform.permission_missing')
      return {
        name: scope,
        ok: false,
        remedy: `Add the scope ${scope} to the Service Key or app in HubSpot.`,
      }
    // Refused for another reason than permission: the scope is there.
    if (error.code !== 'platform.invalid_request' && error.code !== 'platform.not_found') throw error
  }
  return { name: scope, ok: true }
}

const propertyAnswer = z.object({ hasUniqueValue: z.boolean().default(false) })

/** Without the property, or without the scope to look, contacts are simply keyed by e-mail: nothing to report. */
async function checkUniqueProperty(context: HubspotContext): Promise<readonly ConnectionCheck[]> {
  const name = context.config.unique_property
  try {
    const { hasUniqueValue } = await callHubspot(context, {
      act: 'reading the unique property',
      method: 'GET',
      path: `${contactPropertiesPath}/${name}`,
      answer: propertyAnswer,
      repeatable: true,
    })
    return [
      {
        name: `unique property ${name}`,
        ok: hasUniqueValue,
        ...(!hasUniqueValue && {
          remedy: `The property ${name} does not demand unique values, which can only be set at creation. Create another one and name it in unique_property.`,
        }),
      },
    ]
  } catch (error) {
    const isAbsent =
      error instanceof PlatformError &&
      (error.code === 'platform.not_found' || error.code === 'platform.permission_missing')
    if (isAbsent) return []
    throw error
  }
}

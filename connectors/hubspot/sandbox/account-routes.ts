import { z } from 'zod'
import type { SandboxReply, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { contactsPath } from './contact-routes.ts'
import type { ContactStore } from './contact-store.ts'
import { hubspotError, invalid, notFound } from './hubspot-error.ts'
import { textProperty } from './property-definitions.ts'

/** Facts of the account that the sandbox plays. */
export interface SandboxAccount {
  readonly portalId: number
  readonly timeZone: string
  readonly uiDomain: string
}

const propertiesPath = contactsPath.replace('/crm/objects/', '/crm/properties/')
const propertyBody = z.object({
  name: z.string().regex(/^[a-z][a-z0-9_]*$/),
  label: z.string(),
  type: z.enum(['bool', 'date', 'datetime', 'enumeration', 'number', 'phone_number', 'string']),
  fieldType: z.string(),
  groupName: z.string(),
  hasUniqueValue: z.boolean().default(false),
})

/** Account facts and property definitions. */
export function accountRoutes(account: SandboxAccount, store: ContactStore): SandboxRoute[] {
  return [
    {
      method: 'GET',
      pattern: /^\/account-info\/(?:2026-03|2026-09)\/details$/,
      answer: () => ({
        status: 200,
        body: { accountType: 'STANDARD', dataHostingLocation: 'na1', companyCurrency: 'EUR', ...account },
      }),
    },
    {
      method: 'GET',
      pattern: new RegExp(`^${propertiesPath}$`),
      answer: () => ({ status: 200, body: { results: [...store.definitions.values()] } }),
    },
    {
      method: 'GET',
      pattern: new RegExp(`^${propertiesPath}/(?<name>[^/]+)$`),
      answer({ params }) {
        const definition = store.definitions.get(params['name'] ?? '')
        return definition ? { status: 200, body: definition } : notFound('Property does not exist')
      },
    },
    {
      method: 'POST',
      pattern: new RegExp(`^${propertiesPath}$`),
      answer: ({ body }) => createProperty(store, body),
    },
  ]
}

/** `hasUniqueValue` is settable only at creation, on at most 10 properties (chapter 1.4). */
function createProperty(store: ContactStore, body: unknown): SandboxReply {
  const parsed = propertyBody.safeParse(body)
  if (!parsed.success) return invalid('Invalid property definition')
  const { name, ...rest } = parsed.data
  if (store.definitions.has(name))
    return hubspotError(409, {
      category: 'OBJECT_ALREADY_EXISTS',
      subCategory: 'Properties.PROPERTY_WITH_NAME_EXISTS',
      message: `A property named ${name} already exists`,
    })
  const unique = [...store.definitions.values()].filter((definition) => definition.hasUniqueValue).length
  if (rest.hasUniqueValue && unique >= 10) return invalid('No more than 10 unique properties are allowed')
  const definition = textProperty(name, rest)
  store.definitions.set(name, definition)
  return { status: 201, body: definition }
}

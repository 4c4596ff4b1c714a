import { z } from 'zod'
import type { LedgerEntry, SandboxReply, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { hubspotError, invalid, notFound } from './hubspot-error.ts'
import { textProperty } from './property-definitions.ts'
import type { RecordStore } from './record-store.ts'

const propertyBody = z.object({
  name: z.string().regex(/^[a-z][a-z0-9_]*$/),
  label: z.string(),
  type: z.enum(['bool', 'date', 'datetime', 'enumeration', 'number', 'phone_number', 'string']),
  fieldType: z.enum([
    'booleancheckbox',
    'calculation_equation',
    'checkbox',
    'date',
    'file',
    'html',
    'number',
    'phonenumber',
    'radio',
    'select',
    'text',
    'textarea',
  ]),
  groupName: z.string(),
  hasUniqueValue: z.boolean().default(false),
})
const groupBody = z.object({ name: z.string().regex(/^[a-z][a-z0-9_]*$/), label: z.string() })

/** Property definitions and their groups, of one kind of records (chapter 1.4, custom properties). */
export function propertyRoutes(store: RecordStore, ledger: LedgerEntry[]): SandboxRoute[] {
  const path = String.raw`/crm/properties/(?:2026-03|2026-09)/${store.type}`
  const groups = new Set(['contactinformation', 'companyinformation', 'dealinformation'])
  const note = (operation: string, name: string): void =>
    void ledger.push({ at: 0, operation, target: store.type, members: [name] })
  const route = (method: string, rest: string, answer: SandboxRoute['answer']): SandboxRoute => ({
    method,
    pattern: new RegExp(`^${path}${rest}$`),
    answer,
  })
  return [
    route('GET', '', () => ({ status: 200, body: { results: [...store.definitions.values()] } })),
    route('GET', '/groups', () => ({
      status: 200,
      body: { results: [...groups].map((name) => ({ name, label: name, archived: false })) },
    })),
    route('POST', '/groups', ({ body }) => {
      const parsed = groupBody.safeParse(body)
      if (!parsed.success) return invalid('Invalid property group')
      if (groups.has(parsed.data.name)) return exists('PROPERTY_GROUP_WITH_NAME_EXISTS')
      groups.add(parsed.data.name)
      note('property_group_create', parsed.data.name)
      return { status: 201, body: parsed.data }
    }),
    route('GET', '/(?<name>[^/]+)', ({ params }) => {
      const definition = store.definitions.get(params['name'] ?? '')
      return definition ? { status: 200, body: definition } : notFound('Property does not exist')
    }),
    route('POST', '', ({ body }) => {
      const reply = createProperty(store, groups, body)
      if (reply.status === 201) note('property_create', propertyBody.parse(body).name)
      return reply
    }),
  ]
}

const exists = (code: string): SandboxReply =>
  hubspotError(409, {
    category: 'OBJECT_ALREADY_EXISTS',
    subCategory: `Properties.${code}`,
    message: 'An object of this name already exists',
  })

/** `hasUniqueValue` is settable only at creation, on at most 10 properties; the group must be there first (chapter 1.4). */
function createProperty(store: RecordStore, groups: ReadonlySet<string>, body: unknown): SandboxReply {
  const parsed = propertyBody.safeParse(body)
  if (!parsed.success) return invalid('Invalid property definition')
  const { name, ...rest } = parsed.data
  if (store.definitions.has(name)) return exists('PROPERTY_WITH_NAME_EXISTS')
  if (!groups.has(rest.groupName)) return invalid(`There is no property group ${rest.groupName}`)
  const unique = [...store.definitions.values()].filter((definition) => definition.hasUniqueValue).length
  if (rest.hasUniqueValue && unique >= 10) return invalid('No more than 10 unique properties are allowed')
  const definition = textProperty(name, rest)
  store.definitions.set(name, definition)
  return { status: 201, body: definition }
}

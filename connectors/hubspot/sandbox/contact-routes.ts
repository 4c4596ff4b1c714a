import { z } from 'zod'
import type { SandboxReply, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { findProblem } from './contact-validation.ts'
import { conflict, invalid, notFound } from './hubspot-error.ts'
import { asked } from './record-list-route.ts'
import { recordPath } from './record-path.ts'
import type { RecordStore } from './record-store.ts'
import { recordView } from './record-view.ts'

const propertiesBody = z.object({ properties: z.record(z.string(), z.string()) })
const mergeBody = z.object({ primaryObjectId: z.string(), objectIdToMerge: z.string() })
const gdprBody = z.object({ objectId: z.string(), idProperty: z.string().optional() })

const contactsPath = recordPath('contacts')

const route = (method: string, path: string, answer: SandboxRoute['answer']): SandboxRoute => ({
  method,
  pattern: new RegExp(`^${contactsPath}${path}$`),
  answer,
})

/** Single-contact routes: list, read, create, update, archive, merge, erase. */
export function contactRoutes(store: RecordStore, requiredProperties: readonly string[]): SandboxRoute[] {
  return [
    route('POST', '', ({ body }) => createContact(store, requiredProperties, body)),
    route('POST', '/merge', ({ body }) => mergeContacts(store, body)),
    route('POST', '/gdpr-delete', ({ body }) => eraseContact(store, body)),
    route('GET', '/(?<id>[^/]+)', ({ params, query }) => {
      const contact = find(store, params['id'] ?? '', query.get('idProperty'))
      return contact
        ? { status: 200, body: recordView(contact, asked(query)) }
        : notFound('resource not found')
    }),
    route('PATCH', '/(?<id>[^/]+)', ({ params, query, body }) => {
      const contact = find(store, params['id'] ?? '', query.get('idProperty'))
      return contact ? updateContact(store, contact.id, body) : notFound('resource not found')
    }),
    route('DELETE', '/(?<id>[^/]+)', ({ params }) => {
      const contact = store.get(params['id'] ?? '')
      if (contact) store.archive(contact.id)
      return { status: 204 }
    }),
  ]
}

function find(store: RecordStore, id: string, idProperty: string | null): ReturnType<RecordStore['get']> {
  const value = decodeURIComponent(id)
  return idProperty === null ? store.get(value) : store.findByUnique(idProperty, value)
}

function createContact(store: RecordStore, required: readonly string[], body: unknown): SandboxReply {
  const parsed = propertiesBody.safeParse(body)
  if (!parsed.success) return invalid('Invalid input JSON')
  const { properties } = parsed.data
  const refusal = refuseNew(store, required, properties)
  if (refusal) return refusal
  return { status: 201, body: recordView(store.create(properties)) }
}

/** Why a contact with these properties cannot be made. */
export function refuseNew(
  store: RecordStore,
  required: readonly string[],
  properties: Readonly<Record<string, string>>,
): SandboxReply | undefined {
  const problem = findProblem(properties, store.definitions)
  if (problem) return invalid(problem.message, problem.code)
  const missing = required.find((name) => !properties[name])
  if (missing) return invalid(`Property ${missing} is required`, 'MISSING_REQUIRED_PROPERTY')
  if (store.isBlocked(properties['email'] ?? ''))
    return invalid('The address was deleted for privacy', 'BLOCKED')
  const holder = store.findConflict(properties)
  return holder && conflict(`Contact already exists. Existing ID: ${holder.id}`)
}

function updateContact(store: RecordStore, id: string, body: unknown): SandboxReply {
  const parsed = propertiesBody.safeParse(body)
  if (!parsed.success) return invalid('Invalid input JSON')
  const problem = findProblem(parsed.data.properties, store.definitions)
  if (problem) return invalid(problem.message, problem.code)
  const holder = store.findConflict(parsed.data.properties, id)
  if (holder) return conflict(`Contact already exists. Existing ID: ${holder.id}`)
  return { status: 200, body: recordView(store.update(id, parsed.data.properties)) }
}

function mergeContacts(store: RecordStore, body: unknown): SandboxReply {
  const parsed = mergeBody.safeParse(body)
  const primary = parsed.success ? store.get(parsed.data.primaryObjectId) : undefined
  const other = parsed.success ? store.get(parsed.data.objectIdToMerge) : undefined
  if (!primary || !other || primary === other) return invalid('The contacts cannot be merged')
  return { status: 200, body: recordView(store.merge(primary.id, other.id)) }
}

/** With an unknown e-mail the address is put on a block list and can never be added again (chapter 1.7). */
function eraseContact(store: RecordStore, body: unknown): SandboxReply {
  const parsed = gdprBody.safeParse(body)
  if (!parsed.success) return invalid('Invalid input JSON')
  const { objectId, idProperty } = parsed.data
  const contact = idProperty === undefined ? store.get(objectId) : store.findByUnique(idProperty, objectId)
  if (contact) store.erase(contact.id)
  else if (idProperty === 'email') store.block(objectId)
  else return notFound('resource not found')
  return { status: 204 }
}

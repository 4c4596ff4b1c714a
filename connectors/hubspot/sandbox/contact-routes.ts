import { z } from 'zod'
import type { SandboxReply, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import type { ContactStore } from './contact-store.ts'
import { findProblem } from './contact-validation.ts'
import { contactView } from './contact-view.ts'
import { conflict, invalid, notFound } from './hubspot-error.ts'

/** Object paths of both dated versions that are live (chapter 1.0), with the type's name or id. */
export const contactsPath = String.raw`/crm/objects/(?:2026-03|2026-09)/(?:contacts|0-1)`

const propertiesBody = z.object({ properties: z.record(z.string(), z.string()) })
const mergeBody = z.object({ primaryObjectId: z.string(), objectIdToMerge: z.string() })
const gdprBody = z.object({ objectId: z.string(), idProperty: z.string().optional() })

const route = (method: string, path: string, answer: SandboxRoute['answer']): SandboxRoute => ({
  method,
  pattern: new RegExp(`^${contactsPath}${path}$`),
  answer,
})

/** Single-contact routes: list, read, create, update, archive, merge, erase. */
export function contactRoutes(store: ContactStore, requiredProperties: readonly string[]): SandboxRoute[] {
  return [
    route('GET', '', ({ query }) => listContacts(store, query)),
    route('POST', '', ({ body }) => createContact(store, requiredProperties, body)),
    route('POST', '/merge', ({ body }) => mergeContacts(store, body)),
    route('POST', '/gdpr-delete', ({ body }) => eraseContact(store, body)),
    route('GET', '/(?<id>[^/]+)', ({ params, query }) => {
      const contact = find(store, params['id'] ?? '', query.get('idProperty'))
      return contact
        ? { status: 200, body: contactView(contact, asked(query)) }
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

/** Property names of a query, comma-separated or repeated. */
const asked = (query: URLSearchParams): string[] =>
  query
    .getAll('properties')
    .flatMap((names) => names.split(','))
    .filter((name) => name !== '')

function find(store: ContactStore, id: string, idProperty: string | null): ReturnType<ContactStore['get']> {
  const value = decodeURIComponent(id)
  return idProperty === null ? store.get(value) : store.findByUnique(idProperty, value)
}

/** `after` is simply the next record id; order is by record id; at most 100 a page (chapter 1.3). */
function listContacts(store: ContactStore, query: URLSearchParams): SandboxReply {
  const limit = Number(query.get('limit') ?? '10')
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) return invalid('limit must be between 1 and 100')
  const after = Number(query.get('after') ?? '0')
  if (!Number.isInteger(after)) return invalid('after must be a record id')
  const page = store.page(query.get('archived') === 'true', after, limit + 1)
  const next = page[limit]
  const results = page.slice(0, limit).map((contact) => contactView(contact, asked(query)))
  return { status: 200, body: { results, ...(next && { paging: { next: { after: next.id } } }) } }
}

function createContact(store: ContactStore, required: readonly string[], body: unknown): SandboxReply {
  const parsed = propertiesBody.safeParse(body)
  if (!parsed.success) return invalid('Invalid input JSON')
  const { properties } = parsed.data
  const refusal = refuseNew(store, required, properties)
  if (refusal) return refusal
  return { status: 201, body: contactView(store.create(properties)) }
}

/** Why a contact with these properties cannot be made. */
export function refuseNew(
  store: ContactStore,
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

function updateContact(store: ContactStore, id: string, body: unknown): SandboxReply {
  const parsed = propertiesBody.safeParse(body)
  if (!parsed.success) return invalid('Invalid input JSON')
  const problem = findProblem(parsed.data.properties, store.definitions)
  if (problem) return invalid(problem.message, problem.code)
  const holder = store.findConflict(parsed.data.properties, id)
  if (holder) return conflict(`Contact already exists. Existing ID: ${holder.id}`)
  return { status: 200, body: contactView(store.update(id, parsed.data.properties)) }
}

function mergeContacts(store: ContactStore, body: unknown): SandboxReply {
  const parsed = mergeBody.safeParse(body)
  const primary = parsed.success ? store.get(parsed.data.primaryObjectId) : undefined
  const other = parsed.success ? store.get(parsed.data.objectIdToMerge) : undefined
  if (!primary || !other || primary === other) return invalid('The contacts cannot be merged')
  return { status: 200, body: contactView(store.merge(primary.id, other.id)) }
}

/** With an unknown e-mail the address is put on a block list and can never be added again (chapter 1.7). */
function eraseContact(store: ContactStore, body: unknown): SandboxReply {
  const parsed = gdprBody.safeParse(body)
  if (!parsed.success) return invalid('Invalid input JSON')
  const { objectId, idProperty } = parsed.data
  const contact = idProperty === undefined ? store.get(objectId) : store.findByUnique(idProperty, objectId)
  if (contact) store.erase(contact.id)
  else if (idProperty === 'email') store.block(objectId)
  else return notFound('resource not found')
  return { status: 204 }
}

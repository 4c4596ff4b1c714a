import type { Properties, SandboxContact } from './contact-store.ts'
import { defaultProperties } from './property-definitions.ts'

/** All values of a contact, those that HubSpot computes included. */
export function allProperties(contact: SandboxContact): Properties {
  return {
    ...contact.properties,
    hs_object_id: contact.id,
    createdate: isoTime(contact.createdAt),
    lastmodifieddate: isoTime(contact.updatedAt),
    ...(contact.mergedIds.length > 0 && { hs_merged_object_ids: contact.mergedIds.join(';') }),
  }
}

/** A contact as the API shows it: the properties asked for, null where there is no value, else the default ones. */
export function contactView(contact: SandboxContact, asked: readonly string[] = []): Record<string, unknown> {
  const values = allProperties(contact)
  const names =
    asked.length > 0 ? [...asked, 'createdate', 'lastmodifieddate', 'hs_object_id'] : defaultProperties
  return {
    id: contact.id,
    properties: Object.fromEntries(names.map((name) => [name, values[name] ?? null])),
    createdAt: isoTime(contact.createdAt),
    updatedAt: isoTime(contact.updatedAt),
    archived: contact.archivedAt !== null,
    ...(contact.archivedAt !== null && { archivedAt: isoTime(contact.archivedAt) }),
  }
}

/** Instants as HubSpot writes them. */
export const isoTime = (at: number): string => new Date(at).toISOString()

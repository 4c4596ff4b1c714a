import { defaultProperties } from './property-definitions.ts'
import type { SandboxRecord } from './record-store.ts'

/** One value of a contact, those that HubSpot computes included; times are epoch milliseconds. */
export function valueOf(contact: SandboxRecord, name: string): string | number | undefined {
  switch (name) {
    case 'hs_object_id':
      return contact.id
    case 'createdate':
      return contact.createdAt
    case 'lastmodifieddate':
    case 'hs_lastmodifieddate':
      return contact.updatedAt
    case 'hs_merged_object_ids':
      return contact.mergedIds.length > 0 ? contact.mergedIds.join(';') : undefined
    default:
      return contact.properties[name]
  }
}

function textOf(contact: SandboxRecord, name: string): string | null {
  const value = valueOf(contact, name)
  return typeof value === 'number' ? isoTime(value) : (value ?? null)
}

/** A contact as the API shows it: the properties asked for, null where there is no value, else the default ones. */
export function recordView(contact: SandboxRecord, asked: readonly string[] = []): Record<string, unknown> {
  const names =
    asked.length > 0 ? [...asked, 'createdate', 'lastmodifieddate', 'hs_object_id'] : defaultProperties
  return {
    id: contact.id,
    properties: Object.fromEntries(names.map((name) => [name, textOf(contact, name)])),
    createdAt: isoTime(contact.createdAt),
    updatedAt: isoTime(contact.updatedAt),
    archived: contact.archivedAt !== null,
    ...(contact.archivedAt !== null && { archivedAt: isoTime(contact.archivedAt) }),
  }
}

/** Instants as HubSpot writes them. */
export const isoTime = (at: number): string => new Date(at).toISOString()

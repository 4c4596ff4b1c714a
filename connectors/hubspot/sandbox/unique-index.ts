import type { PropertyDefinition } from './property-definitions.ts'
import type { SandboxRecord } from './record-store.ts'

/** Which contact holds a unique value. Secondary e-mail addresses are unique across the account too (chapter 1.3). */
export interface UniqueIndex {
  add(contact: SandboxRecord): void
  remove(contact: SandboxRecord): void
  find(property: string, value: string): string | undefined
}

const key = (property: string, value: string): string => `${property}=${value.trim().toLowerCase()}`

export function createUniqueIndex(definitions: ReadonlyMap<string, PropertyDefinition>): UniqueIndex {
  const holders = new Map<string, string>()
  const keysOf = ({ properties }: SandboxRecord): string[] => [
    ...Object.entries(properties)
      .filter(([name]) => definitions.get(name)?.hasUniqueValue)
      .map(([name, value]) => key(name, value)),
    ...(properties['hs_additional_emails'] ?? '')
      .split(';')
      .filter((email) => email !== '')
      .map((email) => key('email', email)),
  ]
  return {
    add(contact) {
      for (const entry of keysOf(contact)) holders.set(entry, contact.id)
    },
    remove(contact) {
      for (const entry of keysOf(contact)) if (holders.get(entry) === contact.id) holders.delete(entry)
    },
    find: (property, value) => holders.get(key(property, value)),
  }
}

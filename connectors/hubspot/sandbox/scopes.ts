const contactsRead = 'crm.objects.contacts.read'
const contactsWrite = 'crm.objects.contacts.write'
const schemasRead = 'crm.schemas.contacts.read'
const schemasWrite = 'crm.schemas.contacts.write'
const listsRead = 'crm.lists.read'
const listsWrite = 'crm.lists.write'

/** Scopes that a well-made token of the hub has (chapter 1.1). */
export const allScopes: readonly string[] = [
  'oauth',
  contactsRead,
  contactsWrite,
  schemasRead,
  schemasWrite,
  listsRead,
  listsWrite,
]

/** The scope that a request needs; undefined where any token will do. */
export function scopeOf(method: string, path: string): string | undefined {
  const reads = method === 'GET' || path.endsWith('/search') || path.endsWith('/batch/read')
  if (path.startsWith('/crm/properties/')) return reads ? schemasRead : schemasWrite
  if (path.startsWith('/crm/lists/')) return reads ? listsRead : listsWrite
  if (path.startsWith('/crm/objects/')) return reads ? contactsRead : contactsWrite
  return undefined
}

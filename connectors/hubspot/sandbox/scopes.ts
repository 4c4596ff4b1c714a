const listsRead = 'crm.lists.read'
const listsWrite = 'crm.lists.write'
const consentRead = 'communication_preferences.read'
const consentWrite = 'communication_preferences.read_write'
const consentBatchWrite = 'communication_preferences.statuses.batch.write'

/** Scopes that a well-made token of the hub has (chapter 1.1). */
export const allScopes: readonly string[] = [
  'oauth',
  'crm.objects.contacts.read',
  'crm.objects.contacts.write',
  'crm.objects.companies.read',
  'crm.objects.deals.read',
  'crm.schemas.contacts.read',
  'crm.schemas.contacts.write',
  'crm.schemas.companies.read',
  'crm.schemas.deals.read',
  listsRead,
  listsWrite,
  consentRead,
  consentWrite,
  consentBatchWrite,
  'crm.import',
]

/** The scope that a request needs; undefined where any token will do. */
export function scopeOf(method: string, path: string): string | undefined {
  const reads = method === 'GET' || path.endsWith('/search') || path.endsWith('/batch/read')
  const [, family = '', kind = '', , type = ''] = path.split('/')
  if (family === 'communication-preferences') return consentScope(reads, path)
  return family === 'crm' ? crmScopes[kind]?.(typeNames[type] ?? type, reads) : undefined
}

const crmScopes: Readonly<Record<string, (type: string, reads: boolean) => string>> = {
  imports: () => 'crm.import',
  properties: (type, reads) => `crm.schemas.${type}.${way(reads)}`,
  lists: (_type, reads) => (reads ? listsRead : listsWrite),
  objects: (type, reads) => `crm.objects.${type}.${way(reads)}`,
  associations: (type, reads) => `crm.objects.${type}.${way(reads)}`,
}

const way = (reads: boolean): string => (reads ? 'read' : 'write')

const typeNames: Readonly<Record<string, string>> = { '0-1': 'contacts', '0-2': 'companies', '0-3': 'deals' }

function consentScope(reads: boolean, path: string): string {
  if (path.includes('/batch/')) return consentBatchWrite
  return reads ? consentRead : consentWrite
}

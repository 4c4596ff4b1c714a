import { defineObjectSource } from './crm-objects.ts'

/** Companies of the account. */
export const companiesSource = defineObjectSource({
  type: 'companies',
  description: 'Companies (object type 0-2), with deletions from the recycle bin and merges.',
  modified: 'hs_lastmodifieddate',
})

import { defineObjectSource } from './crm-objects.ts'

/** Deals of the account; `associated_contact_ids` are the contacts that a deal is linked to. Editing a pipeline changes all deals in it. */
export const dealsSource = defineObjectSource({
  type: 'deals',
  description: 'Deals (object type 0-3), with deletions from the recycle bin and merges.',
  modified: 'hs_lastmodifieddate',
  links: { field: 'associated_contact_ids', to: 'contacts' },
})

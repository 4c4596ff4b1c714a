import { defineObjectSource } from './crm-objects.ts'

/** Contacts of the account; `associated_company_ids` are the companies that a contact is linked to. */
export const contactsSource = defineObjectSource({
  type: 'contacts',
  description: 'Contacts (object type 0-1), with deletions from the recycle bin and merges.',
  modified: 'lastmodifieddate',
  links: { field: 'associated_company_ids', to: 'companies' },
})

import { defineConnector, type Connector } from '../../core/connector/connector.ts'
import { obtainGrant } from './auth/grant.ts'
import { hubspotBudgets } from './budgets.ts'
import { checkConnection } from './check-connection.ts'
import { apiVersions } from './client.ts'
import { hubspotConfig } from './config.ts'
import { contactsDestination } from './destinations/contacts.ts'
import { emailOptOut } from './destinations/email-opt-out.ts'
import { staticList } from './destinations/static-list.ts'
import { eraseContact } from './erase-contact.ts'
import { companiesSource } from './sources/companies.ts'
import { contactsSource } from './sources/contacts.ts'
import { dealsSource } from './sources/deals.ts'

/** HubSpot: contacts in, static lists out. */
export const hubspotConnector: Connector = defineConnector({
  slug: 'hubspot',
  title: 'HubSpot',
  apiVersion: apiVersions.objects,
  config: hubspotConfig,
  grant: obtainGrant,
  auth: {
    kind: 'static_token',
    description:
      'A Service Key (Settings › Integrations › Service Keys) or the token of a private app, with the scopes crm.objects.contacts.read, crm.objects.contacts.write, crm.lists.read and crm.lists.write.',
  },
  budgets: hubspotBudgets,
  sources: [contactsSource, companiesSource, dealsSource],
  destinations: [staticList, contactsDestination, emailOptOut],
  test: checkConnection,
  erase: eraseContact,
})

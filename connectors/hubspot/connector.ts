import { defineConnector, type Connector } from '../../core/connector/connector.ts'
import { hubspotBudgets } from './budgets.ts'
import { checkConnection } from './check-connection.ts'
import { apiVersions } from './client.ts'
import { hubspotConfig } from './config.ts'
import { staticList } from './destinations/static-list.ts'
import { eraseContact } from './erase-contact.ts'
import { contactsSource } from './sources/contacts.ts'

/** HubSpot: contacts in, static lists out. */
export const hubspotConnector: Connector = defineConnector({
  slug: 'hubspot',
  title: 'HubSpot',
  apiVersion: apiVersions.objects,
  config: hubspotConfig,
  auth: {
    kind: 'static_token',
    description:
      'A Service Key (Settings › Integrations › Service Keys) or the token of a private app, with the scopes crm.objects.contacts.read, crm.objects.contacts.write, crm.lists.read and crm.lists.write.',
  },
  budgets: hubspotBudgets,
  sources: [contactsSource],
  destinations: [staticList],
  test: checkConnection,
  erase: eraseContact,
})

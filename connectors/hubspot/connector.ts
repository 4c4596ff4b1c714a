import { defineConnector, type Connector } from '../../core/connector/connector.ts'
import { listScopes } from './actions/list-scopes.ts'
import { provisionProperties } from './actions/provision-properties.ts'
import { uninstall } from './actions/uninstall.ts'
import { authorization } from './auth/authorization.ts'
import { obtainGrant } from './auth/grant.ts'
import { optionalScopes, requiredScopes } from './auth/scopes.ts'
import { tokenPath } from './auth/token-request.ts'
import { hubspotBudgets } from './budgets.ts'
import { personCard } from './card/person-card.ts'
import { checkConnection } from './check-connection.ts'
import { apiVersions } from './client.ts'
import { hubspotConfig } from './config.ts'
import { contactsDestination } from './destinations/contacts.ts'
import { emailOptOut } from './destinations/email-opt-out.ts'
import { staticList } from './destinations/static-list.ts'
import { eraseContact } from './erase-contact.ts'
import { journalFeed } from './signals/journal.ts'
import { addToSegment, removeFromSegment } from './signals/segment-actions.ts'
import { webhookEvents } from './signals/webhook-events.ts'
import { workflowActions } from './signals/workflow-actions.ts'
import { companiesSource } from './sources/companies.ts'
import { contactsSource } from './sources/contacts.ts'
import { dealsSource } from './sources/deals.ts'
import { emailEventsSource } from './sources/email-events.ts'
import { listMemberSources } from './sources/list-members.ts'

/** HubSpot: contacts, companies, deals and events in; lists, contacts and opt-outs out. */
export const hubspotConnector: Connector = defineConnector({
  slug: 'hubspot',
  title: 'HubSpot',
  apiVersion: apiVersions.objects,
  config: hubspotConfig,
  grant: obtainGrant,
  authorization,
  auth: {
    kind: 'oauth2',
    authorizeUrl: 'https://app.hubspot.com/oauth/authorize',
    tokenUrl: `https://api.hubapi.com${tokenPath}`,
    scopes: requiredScopes,
    optionalScopes,
    pkce: true,
    rotatesRefreshToken: false,
  },
  budgets: hubspotBudgets,
  sources: [contactsSource, companiesSource, dealsSource, emailEventsSource],
  openSources: listMemberSources,
  destinations: [staticList, contactsDestination, emailOptOut],
  actions: [provisionProperties, listScopes, uninstall],
  signalFeeds: [journalFeed],
  webhooks: [webhookEvents, workflowActions, addToSegment, removeFromSegment],
  recordCard: personCard,
  test: checkConnection,
  erase: eraseContact,
})

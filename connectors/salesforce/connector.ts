import { defineConnector, type Connector } from '../../core/connector/connector.ts'
import { createFields } from './actions/create-fields.ts'
import { readLimits } from './actions/limits.ts'
import { revokeAccess } from './actions/revoke-access.ts'
import { authorization } from './authorization.ts'
import { salesforceBudgets } from './budgets.ts'
import { canvasPage } from './canvas/canvas-page.ts'
import { checkConnection } from './check-connection.ts'
import { salesforceConfig } from './config.ts'
import { campaign } from './destinations/campaign.ts'
import { contactFields } from './destinations/contact-fields.ts'
import { callOptOut, emailOptOut } from './destinations/person-opt-out.ts'
import { solicitOptOut } from './destinations/solicit-opt-out.ts'
import { erasePerson } from './erase-person.ts'
import { obtainGrant } from './grant.ts'
import { changeFeed } from './signals/change-feed.ts'
import { outboundMessages } from './signals/outbound-messages.ts'
import { salesforceSources } from './sources/sources.ts'

/** Salesforce: people, accounts, opportunities and campaigns in; campaigns, fields and opt-outs out. */
export const salesforceConnector: Connector = defineConnector({
  slug: 'salesforce',
  title: 'Salesforce',
  apiVersion: '67.0',
  config: salesforceConfig,
  auth: {
    kind: 'oauth2',
    authorizeUrl: 'https://login.salesforce.com/services/oauth2/authorize',
    tokenUrl: 'https://login.salesforce.com/services/oauth2/token',
    scopes: ['api', 'refresh_token'],
    optionalScopes: [],
    pkce: true,
    rotatesRefreshToken: true,
  },
  budgets: salesforceBudgets,
  sources: salesforceSources,
  destinations: [campaign, contactFields, emailOptOut, callOptOut, solicitOptOut],
  actions: [createFields, readLimits, revokeAccess],
  signalFeeds: [changeFeed],
  webhooks: [outboundMessages],
  personPage: canvasPage,
  grant: obtainGrant,
  authorization,
  test: checkConnection,
  erase: erasePerson,
})

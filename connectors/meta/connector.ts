import { defineConnector } from '../../core/connector/connector.ts'
import { createLookalike } from './actions/create-lookalike.ts'
import { excludeAudience } from './actions/exclude-audience.ts'
import { authorization, metaScopes } from './auth/authorization.ts'
import { obtainGrant } from './auth/grant.ts'
import { metaBudgets } from './budgets.ts'
import { checkConnection } from './check-connection.ts'
import { metaApiVersion } from './client.ts'
import { metaConfig } from './config.ts'
import { customAudience } from './destinations/custom-audience.ts'
import { erasePerson } from './erase-person.ts'
import { dataDeletion } from './signals/data-deletion.ts'
import { deauthorization } from './signals/deauthorization.ts'
import { adInsights } from './sources/ad-insights.ts'

/** Meta (Facebook, Instagram): custom audiences out, ad figures in. */
export const metaConnector = defineConnector({
  slug: 'meta',
  title: 'Meta (Facebook and Instagram ads)',
  apiVersion: metaApiVersion,
  config: metaConfig,
  grant: obtainGrant,
  authorization,
  auth: {
    kind: 'oauth2',
    authorizeUrl: 'https://www.facebook.com/dialog/oauth',
    tokenUrl: 'https://graph.facebook.com/oauth/access_token',
    scopes: metaScopes,
    optionalScopes: [],
    pkce: false,
    rotatesRefreshToken: false,
  },
  budgets: metaBudgets,
  sources: [adInsights],
  destinations: [customAudience],
  actions: [createLookalike, excludeAudience],
  webhooks: [dataDeletion, deauthorization],
  test: checkConnection,
  erase: erasePerson,
})

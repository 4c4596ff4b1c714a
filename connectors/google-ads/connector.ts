import { defineConnector } from '../../core/connector/connector.ts'
import { createLookalike } from './actions/create-lookalike.ts'
import { excludeAudience } from './actions/exclude-audience.ts'
import { readAudience } from './actions/read-audience.ts'
import { readBudgets } from './actions/read-budgets.ts'
import { removeOlderMembers } from './actions/remove-older-members.ts'
import { setBudget } from './actions/set-budget.ts'
import { validateUpload } from './actions/validate-upload.ts'
import { authorization } from './authorization.ts'
import { googleAdsBudgets } from './budgets.ts'
import { checkConnection } from './check-connection.ts'
import { googleAdsConfig } from './config.ts'
import { customerMatch } from './destinations/customer-match.ts'
import { erasePerson } from './erase-person.ts'
import { googleAdsApiVersion } from './google-ads.ts'
import { googleAdsScopes, obtainGrant } from './grant.ts'
import { audiencePerformance } from './sources/audience-performance.ts'
import { campaignPerformance } from './sources/campaign-performance.ts'

/** Google Ads: Customer Match lists out (Data Manager API), reports in, exclusions, lookalikes and budgets (Google Ads API). */
export const googleAdsConnector = defineConnector({
  slug: 'google-ads',
  title: 'Google Ads',
  apiVersion: googleAdsApiVersion,
  config: googleAdsConfig,
  auth: {
    kind: 'oauth2',
    authorizeUrl: 'https://accounts.google.com/o/oauth2/v2/auth',
    tokenUrl: 'https://oauth2.googleapis.com/token',
    scopes: googleAdsScopes,
    optionalScopes: [],
    pkce: true,
    rotatesRefreshToken: false,
  },
  budgets: googleAdsBudgets,
  sources: [campaignPerformance, audiencePerformance],
  destinations: [customerMatch],
  grant: obtainGrant,
  authorization,
  test: checkConnection,
  actions: [
    readAudience,
    validateUpload,
    removeOlderMembers,
    excludeAudience,
    createLookalike,
    readBudgets,
    setBudget,
  ],
  erase: erasePerson,
})

import { defineConnector, type Connector } from '../../core/connector/connector.ts'
import { createAudience } from './actions/create-audience.ts'
import { deleteUser } from './actions/delete-user.ts'
import { listAudiences } from './actions/list-audiences.ts'
import { authorization } from './authorization.ts'
import { ga4Budgets } from './budgets.ts'
import { checkConnection } from './check-connection.ts'
import { ga4Config } from './config.ts'
import { segmentEventsDestination } from './destinations/segment-events.ts'
import { apiVersions } from './endpoints.ts'
import { erasePerson } from './erase-person.ts'
import { ga4Scopes, obtainGrant } from './obtain-grant.ts'
import { audienceMembers } from './sources/audience-members.ts'
import { dailyReport } from './sources/daily-report.ts'

/** Google Analytics 4: reports and audience members in, segment events out. */
export const ga4Connector: Connector = defineConnector({
  slug: 'ga4',
  title: 'Google Analytics 4',
  apiVersion: `data ${apiVersions.data}, admin ${apiVersions.admin}`,
  config: ga4Config,
  auth: {
    kind: 'oauth2',
    authorizeUrl: 'https://accounts.google.com/o/oauth2/v2/auth',
    tokenUrl: 'https://oauth2.googleapis.com/token',
    scopes: ga4Scopes,
    optionalScopes: [],
    pkce: true,
    rotatesRefreshToken: false,
  },
  budgets: ga4Budgets,
  sources: [dailyReport, audienceMembers],
  destinations: [segmentEventsDestination],
  test: checkConnection,
  grant: obtainGrant,
  authorization,
  actions: [createAudience, listAudiences, deleteUser],
  erase: erasePerson,
})

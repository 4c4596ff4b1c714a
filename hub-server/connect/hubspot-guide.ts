import { optionalScopes, requiredScopes } from '../../connectors/hubspot/auth/scopes.ts'
import type { ConnectGuide, ConnectQuestion } from './connect-guide.ts'
import { readBaseUrl, readChoice, readDigits, readSecret } from './read-answer.ts'

const portal: ConnectQuestion = { key: 'portal_id', read: readDigits }

/** HubSpot's own address; another one only for the sandbox. */
const baseUrl: ConnectQuestion = {
  key: 'base_url',
  fallback: '',
  read: readBaseUrl,
}

/** HubSpot: its app, which also shows the card and takes workflows, or a Service Key, which is quicker. */
export const hubspotGuide: ConnectGuide = {
  platform: 'hubspot',
  connection: 'hubspot',
  ways: [
    {
      name: 'app',
      needsApp: true,
      authorizedLater: { unless: 'refresh_token' },
      settings: { limit_tier: 'marketplace_app' },
      questions: [
        portal,
        { key: 'client_id', read: readSecret },
        { key: 'client_secret', isSecret: true, read: readSecret },
        { key: 'refresh_token', isSecret: true, fallback: '', read: readSecret },
        baseUrl,
      ],
    },
    {
      name: 'service_key',
      needsApp: false,
      settings: {},
      questions: [
        portal,
        {
          key: 'limit_tier',
          fallback: 'free_starter',
          read: readChoice('free_starter', 'professional_enterprise', 'limit_increase'),
        },
        { key: 'access_token', isSecret: true, read: readSecret },
        baseUrl,
      ],
    },
  ],
  permissions: { needed: requiredScopes, optional: optionalScopes },
  app: {
    source: new URL('../../connectors/hubspot/app/', import.meta.url),
    folder: 'hubspot-app',
    addressPlaceholder: 'https://hub.example.com',
    connectionPlaceholder: 'my-hubspot',
  },
}

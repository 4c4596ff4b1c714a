import { globalOauthPath, globalOauthSettings } from '../../connectors/salesforce/global-oauth-settings.ts'
import type { ConnectGuide, ConnectQuestion } from './connect-guide.ts'
import { readBaseUrl, readFolder, readSecret } from './read-answer.ts'

/** The My Domain of the org: client credentials need it, and it says whose login page people see. */
const loginUrl: ConnectQuestion = { key: 'login_url', read: readBaseUrl }

const orgId: ConnectQuestion = {
  key: 'expected_org_id',
  read: (text) => /^00D[A-Za-z0-9]{12}(?:[A-Z0-5]{3})?$/.exec(text.trim())?.[0],
}

const clientId: ConnectQuestion = { key: 'client_id', read: readSecret }

/** Proves the page on contacts and leads too, whatever the way. */
const clientSecret: ConnectQuestion = { key: 'client_secret', isSecret: true, read: readSecret }

const username: ConnectQuestion = {
  key: 'username',
  read: (text) => /^[^\s@]+@[^\s@]+$/.exec(text.trim())?.[0],
}

/** A key of several lines stays in its file: the manifest names it. */
const privateKey: ConnectQuestion = {
  key: 'private_key',
  read(text) {
    const file = readFolder(text)
    return file === undefined || file.includes('}') ? undefined : `\${file:${file}}`
  },
}

/** Salesforce: its app, with access by a person in the browser, by a run-as user, or by a certificate. */
export const salesforceGuide: ConnectGuide = {
  platform: 'salesforce',
  connection: 'salesforce',
  ways: [
    {
      name: 'client_credentials',
      needsApp: true,
      settings: { auth_flow: 'client_credentials' },
      questions: [loginUrl, orgId, clientId, clientSecret],
    },
    {
      name: 'browser',
      needsApp: true,
      authorizedLater: true,
      settings: { auth_flow: 'refresh_token' },
      questions: [loginUrl, orgId, clientId, clientSecret],
    },
    {
      name: 'jwt_bearer',
      needsApp: true,
      settings: { auth_flow: 'jwt_bearer' },
      questions: [loginUrl, orgId, clientId, clientSecret, username, privateKey],
    },
  ],
  permissions: { needed: ['api', 'refresh_token'], optional: [] },
  app: {
    source: new URL('../../connectors/salesforce/app/', import.meta.url),
    folder: 'salesforce-app',
    addressPlaceholder: 'https://hub.example.com',
    connectionPlaceholder: 'your-connection',
    made: (hubUrl) => ({
      [globalOauthPath]: globalOauthSettings(`${hubUrl}/oauth/salesforce/callback`),
    }),
  },
}

import { z } from 'zod'
import { describeRoute } from './describe-route.ts'
import { instant, nameText, wire } from './wire.ts'

const connectionParams = wire<{ readonly connection: string }>({ connection: nameText })

/** A link that sends a browser to the platform, once. */
export interface AuthorizationLinkDocument {
  readonly url: string
  readonly expiresAt: number
}

export const beginAuthorization = describeRoute({
  name: 'authorizations.begin',
  method: 'POST',
  path: '/v1/connections/{connection}/authorization',
  permission: 'connections:write',
  summary:
    'Makes a link at which somebody authorises the account at the platform; it is good once, for ten minutes.',
  status: 201,
  params: connectionParams,
  answer: wire<AuthorizationLinkDocument>({ url: z.string(), expiresAt: instant }),
  errors: ['usage.wrong', 'install.not_by_browser', 'install.hub_not_running'],
  example: {
    params: { connection: 'hubspot' },
    answer: { url: 'https://hub.example.com/install/Zm9v…', expires_at: '2026-11-22T08:10:00.000Z' },
  },
})

export const endAuthorization = describeRoute({
  name: 'authorizations.end',
  method: 'DELETE',
  path: '/v1/connections/{connection}/authorization',
  permission: 'connections:write',
  recentProof: true,
  summary:
    'Disconnects the account: the app is taken out of it, or its access ended, at the platform and here.',
  params: connectionParams,
  answer: wire<{ readonly ended: boolean }>({ ended: z.boolean() }),
  errors: ['usage.wrong', 'install.not_by_browser'],
  example: { params: { connection: 'hubspot' }, answer: { ended: true } },
})

export const authorizationContracts = [beginAuthorization, endAuthorization]

import type { SandboxReply, SandboxRequest } from '../../sandbox-kit/sandbox-server.ts'
import { googleError } from './google-error.ts'
import { roles, type Role, type SandboxProperty } from './sandbox-property.ts'
import type { TokenBook } from './token-routes.ts'

/** What every call of the Data and Admin API must pass: token, scope, property, role. Other paths pass. */
export function refuseAtGate(
  property: SandboxProperty,
  book: TokenBook,
  request: SandboxRequest,
): SandboxReply | undefined {
  const called = /^\/v1(?:alpha|beta)\/properties\/(\d+)/.exec(request.path)?.[1]
  if (called === undefined) return undefined
  const need = needOf(request)
  return (
    refuseToken(property, book, { request, scope: need.scope }) ?? refuseUser(property, called, need.role)
  )
}

interface Need {
  readonly role: Role
  readonly scope: 'analytics.readonly' | 'analytics.edit'
}

/**
 * Section 4.1: Viewer for reports; Analyst proved too little for audience exports (googleapis/python-analytics-data#361); Editor or
 * Marketer for audiences. Writes, secrets and deletion need analytics.edit.
 */
function needOf({ method, path }: SandboxRequest): Need {
  if (/\/audienceExports\b/.test(path)) return { role: 'marketer', scope: 'analytics.readonly' }
  if (/:submitUserDeletion$|\/measurementProtocolSecrets$/.test(path))
    return { role: 'editor', scope: 'analytics.edit' }
  if (/\/(?:audiences|customDimensions)\b/.test(path) && method !== 'GET')
    return { role: 'marketer', scope: 'analytics.edit' }
  return { role: 'viewer', scope: 'analytics.readonly' }
}

function refuseToken(
  property: SandboxProperty,
  book: TokenBook,
  { request, scope }: { readonly request: SandboxRequest; readonly scope: Need['scope'] },
): SandboxReply | undefined {
  const token = book.issued.get(request.headers['authorization']?.replace(/^Bearer /, '') ?? '')
  if (!token || book.revoked || token.expiresAt <= property.clock.now())
    return googleError(
      'UNAUTHENTICATED',
      'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
      { reason: token ? 'ACCESS_TOKEN_EXPIRED' : 'ACCESS_TOKEN_TYPE_UNSUPPORTED' },
    )
  const edit = 'https://www.googleapis.com/auth/analytics.edit'
  const isCovered = token.scopes.some((each) => each === edit || each.endsWith(`/${scope}`))
  if (isCovered) return undefined
  return googleError('PERMISSION_DENIED', 'Request had insufficient authentication scopes.', {
    reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
  })
}

function refuseUser(property: SandboxProperty, called: string, needed: Role): SandboxReply | undefined {
  const isUser = called === property.id && roles.indexOf(property.role) >= roles.indexOf(needed)
  if (isUser) return undefined
  return googleError(
    'PERMISSION_DENIED',
    'User does not have sufficient permissions for this property. To learn more about Property ID, see https://developers.google.com/analytics/devguides/reporting/data/v1/property-id.',
  )
}

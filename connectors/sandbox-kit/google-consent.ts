import type { AuthorizationCodes } from './authorization-codes.ts'
import type { SandboxReply } from './sandbox-server.ts'

/** The page where a person consents at Google (https://developers.google.com/identity/protocols/oauth2/web-server): they say yes at once. */
export function googleConsent(
  codes: AuthorizationCodes,
  clientId: string,
  query: URLSearchParams,
): SandboxReply {
  const isWhole = query.get('response_type') === 'code' && query.has('scope') && query.has('redirect_uri')
  return query.get('client_id') === clientId && isWhole
    ? codes.give(query)
    : { status: 400, body: 'Error 400: invalid_request' }
}

const part = (content: object): string => Buffer.from(JSON.stringify(content)).toString('base64url')

/** An ID token as Google's token endpoint hands it out; its signature is of no use to who got it there. */
export const googleIdToken = (subject: string): string =>
  `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iss: 'https://accounts.google.com', sub: subject })}.c2FuZGJveA`

import { createHash } from 'node:crypto'
import { z } from 'zod'
import { defineAction, type Action } from '../../../core/connector/action.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { authorizeAddress } from '../authorize-address.ts'
import type { SalesforceConfig, SalesforceContext } from '../config.ts'

/**
 * The address at which a user authorises the app (web server flow with PKCE). Asks Salesforce nothing. The verifier stays in the
 * configuration; only its hash stands in the address.
 */
export const beginAuthorization: Action<SalesforceConfig> = defineAction({
  name: 'begin_authorization',
  description:
    'Tells the address at which a user authorises the app in the browser; the code that comes back is put into "authorization_code".',
  input: z.strictObject({
    state: z
      .string()
      .min(1)
      .optional()
      .meta({ description: 'Comes back with the code, to recognise it by.' }),
  }),
  run: ({ config }: SalesforceContext, { state }) =>
    Promise.resolve({ authorize_url: authorizeUrl(config, state) }),
})

function authorizeUrl(config: SalesforceConfig, state: string | undefined): string {
  const { redirect_uri: redirectUri, code_verifier: verifier } = config
  if (redirectUri === undefined || verifier === undefined)
    throw new PlatformError('platform.invalid_request', {
      act: 'building the address of the authorisation',
      said: 'redirect_uri and code_verifier are needed',
      remedy: 'Set "auth_flow": "authorization_code", "redirect_uri" and "code_verifier" in the connection.',
    })
  return authorizeAddress(config, {
    state,
    redirectUrl: redirectUri,
    codeChallenge: createHash('sha256').update(verifier).digest('base64url'),
  })
}

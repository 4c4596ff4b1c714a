import type { ErrorParams } from '../../core/errors/affluent-error.ts'
import type { PlatformErrorCode } from '../../core/errors/error-codes.ts'

const newKey =
  'Create a Service Key in HubSpot under Settings › Integrations › Service Keys with the scopes of the README, store it where access_token is read from, and run again.'

/** What the admin must do about a refusal, where HubSpot's answer tells more than its status. */
export function remedyFor(
  code: PlatformErrorCode,
  { category, scopes, detail }: ErrorParams,
  hasLastingToken: boolean,
): string | undefined {
  if (code === 'platform.auth_expired') return accessRemedy(category, hasLastingToken)
  if (code === 'platform.permission_missing' && scopes !== undefined)
    return hasLastingToken
      ? `Add to the Service Key, or to the private app, in HubSpot: ${scopes}.`
      : `Declare in the app, and have an admin of the account install it again: ${scopes}.`
  const details = String(detail ?? '')
  if (details.includes('PROPERTY_DOESNT_EXIST'))
    return 'A field of the sync is no contact property of the account (any more): create the property in HubSpot under that internal name, or correct the field in the sync.'
  if (details.includes('READ_ONLY_VALUE'))
    return 'A field of the sync is a property that HubSpot fills by itself: take it out of the sync.'
  return undefined
}

function accessRemedy(category: unknown, hasLastingToken: boolean): string {
  if (!hasLastingToken)
    return 'HubSpot refuses the access that it granted to the app: install the app again as a super admin of the account, and store the new refresh token.'
  return category === 'EXPIRED_AUTHENTICATION'
    ? `The token in access_token has ended. ${newKey}`
    : `HubSpot does not know the token in access_token (any more): the key was rotated or deleted. ${newKey}`
}

/** What the admin must do when the token endpoint refuses for good, by HubSpot's name of the refusal. */
export function grantRemedy(word: string | undefined): string {
  return word === 'BAD_CLIENT_ID' || word === 'BAD_CLIENT_SECRET' || word === 'invalid_client'
    ? 'client_id and client_secret are not those of the app: copy both again from its Auth tab.'
    : 'The app was uninstalled from the account, or its access was revoked: install it again as a super admin, and put the new refresh token into the configuration.'
}

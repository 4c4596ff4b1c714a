/**
 * What an OAuth app asks for (https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/scopes). Each must
 * be declared in the app, else the consent page fails; HubSpot's reviewers flag scopes that nobody uses.
 */
export const requiredScopes: readonly string[] = [
  'oauth',
  'crm.objects.contacts.read',
  'crm.objects.contacts.write',
  'crm.lists.read',
  'crm.lists.write',
  'crm.schemas.contacts.read',
  'crm.schemas.contacts.write',
]

/** Dropped without a word where the account lacks the product or the installer the right. */
export const optionalScopes: readonly string[] = [
  'crm.import',
  'crm.objects.companies.read',
  'crm.schemas.companies.read',
  'crm.objects.deals.read',
  'crm.schemas.deals.read',
  'communication_preferences.read',
  'communication_preferences.read_write',
  'communication_preferences.statuses.batch.write',
]

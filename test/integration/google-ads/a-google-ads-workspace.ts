import type { Workspace } from '../../../core/manifest/manifest.ts'
import { parseManifest, toWorkspace } from '../../../core/manifest/parse-manifest.ts'

/** People of the ledger platform at `source` who consented, in the Customer Match list "Buyers", each with their consent. */
export function aGoogleAdsWorkspace(source: string, access: object): Workspace {
  const consent = { purpose: 'marketing', channel: 'ads' }
  const manifests = [
    {
      kind: 'profile_schema',
      name: 'people',
      identifiers: { email: { form: 'email' } },
      consents: { marketing: { channels: ['ads'] } },
    },
    { kind: 'connection', name: 'shop', connector: 'ledger', config: { url: source } },
    {
      kind: 'connection',
      name: 'ads',
      connector: 'google-ads',
      config: { customer_id: '123-456-7890', customer_match_terms_accepted: true, ...access },
    },
    {
      kind: 'mapping',
      name: 'shop-people',
      connection: 'shop',
      stream: 'people',
      identifiers: { email: { from: 'email' } },
      consents: [{ ...consent, from: 'consent', granted: ['yes'], denied: ['no'] }],
    },
    { kind: 'segment', name: 'subscribers', rule: { consent, is: 'granted' } },
    { kind: 'sync', name: 'from-shop', source: { connection: 'shop', stream: 'people' } },
    {
      kind: 'sync',
      name: 'to-ads',
      segment: 'subscribers',
      destination: { connection: 'ads', kind: 'customer_match', audience: 'Buyers' },
      fields: {
        email: { identifier: 'email' },
        ad_user_data: { consent },
        ad_personalization: { consent },
      },
      consent: [consent],
      guard: { min_members: 100 },
    },
  ]
  const made = toWorkspace(manifests.map((manifest) => parseManifest({ version: 1, ...manifest })))
  if (!made) throw new TypeError('the workspace has a profile schema')
  return made
}

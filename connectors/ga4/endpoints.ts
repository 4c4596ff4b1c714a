import type { Ga4Config } from './config.ts'

/** Versions: https://developers.google.com/analytics/devguides/reporting/data/v1/changelog and …/config/admin/v1/changelog. */
export const apiVersions = { data: 'v1beta', admin: 'v1alpha' } as const

/** Where each of Google's APIs is for this connection, without a path: their own hosts, or one sandbox for all. */
export function endpointsOf(config: Ga4Config): Readonly<Record<'data' | 'admin' | 'measurement', string>> {
  const sandbox = config.base_url?.replace(/\/+$/, '')
  const region = config.measurement_region === 'eu' ? 'region1' : 'www'
  return {
    data: sandbox ?? 'https://analyticsdata.googleapis.com',
    admin: sandbox ?? 'https://analyticsadmin.googleapis.com',
    measurement: sandbox ?? `https://${region}.google-analytics.com`,
  }
}

/** The OAuth token endpoint of this connection. */
export function tokenUrlOf(config: Ga4Config): string {
  const sandbox = config.base_url === undefined ? undefined : `${config.base_url.replace(/\/+$/, '')}/token`
  return config.token_url ?? sandbox ?? 'https://oauth2.googleapis.com/token'
}

/** The property's resource name: "properties/1234". */
export const propertyOf = (config: Ga4Config): string => `properties/${config.property_id}`

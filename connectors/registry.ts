/** The only list of connectors. A platform's module, and with it its SDK, is loaded when a connection of it is first used. */
import { distance } from 'fastest-levenshtein'
import type { Connector } from '../core/connector/connector.ts'
import { AffluentError } from '../core/errors/affluent-error.ts'

const loaders: Readonly<Record<string, () => Promise<Connector>>> = {
  example: async () => (await import('./example/connector.ts')).exampleConnector,
  files: async () => (await import('./files/connector.ts')).filesConnector,
  ga4: async () => (await import('./ga4/connector.ts')).ga4Connector,
  'google-ads': async () => (await import('./google-ads/connector.ts')).googleAdsConnector,
  hubspot: async () => (await import('./hubspot/connector.ts')).hubspotConnector,
  meta: async () => (await import('./meta/connector.ts')).metaConnector,
  salesforce: async () => (await import('./salesforce/connector.ts')).salesforceConnector,
  webhooks: async () => (await import('./webhooks/connector.ts')).webhooksConnector,
}

/** Slugs of all connectors, in alphabetical order: the words a manifest may use. */
export const connectorSlugs: readonly string[] = Object.keys(loaders).sort()

/** Loads one connector. Throws `connector.unknown` (params: slug, suggestion, known) when there is none of this name. */
export async function loadConnector(slug: string): Promise<Connector> {
  const load = Object.hasOwn(loaders, slug) ? loaders[slug] : undefined
  if (load) return load()
  throw new AffluentError('connector.unknown', {
    act: 'loading a connector',
    slug: slug.slice(0, 64),
    suggestion: nearestSlug(slug),
    known: connectorSlugs.join(', '),
  })
}

/** Loads every connector, in the order of `connectorSlugs`: for documentation and for checks over all of them. */
export function loadAllConnectors(): Promise<readonly Connector[]> {
  return Promise.all(connectorSlugs.map((slug) => loadConnector(slug)))
}

/** The slug that was probably meant; empty when none is near. */
function nearestSlug(slug: string): string {
  const word = slug.slice(0, 64).toLowerCase()
  const near = connectorSlugs
    .map((known) => ({ known, edits: distance(word, known) }))
    .filter(({ known, edits }) => edits <= Math.ceil(known.length / 3))
    .sort((a, b) => a.edits - b.edits)
  return near[0]?.known ?? ''
}

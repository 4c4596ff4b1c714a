import list from './disposable-domains.json' with { type: 'json' }

const disposable: ReadonlySet<string> = new Set(list)

/**
 * True for domains that hand out addresses to be thrown away after one message, and for everything below them. The list is that of
 * disposable-email-domains (CC0, `disposable-domains.LICENSE`).
 */
export function isDisposableDomain(domain: string): boolean {
  const labels = domain.toLowerCase().split('.')
  // The last label alone is a country or "com".
  return labels.slice(0, -1).some((_, at) => disposable.has(labels.slice(at).join('.')))
}

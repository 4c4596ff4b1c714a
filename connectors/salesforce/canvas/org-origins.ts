/** Hosts that Salesforce serves its pages from, behind the org's own name. The last one is Setup with the Canvas App Previewer. */
const ownHosts = ['.salesforce.com', '.force.com', '.salesforce-setup.com']

/**
 * The origins under which an org shows pages to its users, of what a proven envelope says: the org itself, its Lightning pages, and the
 * page that asked, where it is of the same My Domain. Empty when the org's address is none of Salesforce's.
 */
export function orgOrigins(instanceUrl: string, targetOrigin: string | undefined): readonly string[] {
  const instance = originOf(instanceUrl)
  if (!instance || !isOwn(instance)) return []
  const lightning = instance.hostname.replace(/\.my\.salesforce\.com$/, '.lightning.force.com')
  const asking = originOf(targetOrigin ?? '')
  return [
    ...new Set([
      instance.origin,
      `https://${lightning}`,
      ...(asking && isOwn(asking) && myDomain(asking) === myDomain(instance) ? [asking.origin] : []),
    ]),
  ]
}

const isOwn = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' && ownHosts.some((host) => hostname.endsWith(host))

/** "acme" of acme.my.salesforce.com and acme--c.vf.force.com; "acme--uat" of a sandbox keeps its own name. */
function myDomain({ hostname }: URL): string {
  const [first = ''] = hostname.split('.')
  const [domain = '', sandbox] = first.split('--')
  return sandbox === undefined || !hostname.includes('.sandbox.') ? domain : `${domain}--${sandbox}`
}

const originOf = (address: string): URL | undefined => (URL.canParse(address) ? new URL(address) : undefined)

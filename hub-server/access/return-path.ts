/** Where somebody goes who signed in and was on the way to nowhere. */
const homePath = '/account'

/** Pages that people come from, and go back to once they signed in; one that ends in "/" names all below it. */
const returnPaths = [homePath, '/v1/reference', '/connect/']

/**
 * The path to go back to, when it is one of ours; else the own account. An address with a host, or one that a browser would read as one, is
 * none of ours.
 */
export function toReturnPath(asked: string | undefined): string {
  if (asked === undefined || !/^\/[A-Za-z0-9/_?=&.-]*$/.test(asked) || /^\/\/|\/\.\.?(?:\/|$)/.test(asked))
    return homePath
  const [path = ''] = asked.split('?')
  const isOurs = returnPaths.some((known) => (known.endsWith('/') ? path.startsWith(known) : path === known))
  return isOurs ? asked : homePath
}

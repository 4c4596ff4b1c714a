/** Where somebody goes who signed in and was on the way to nowhere. */
const homePath = '/account'

/** Pages that people come from, and go back to once they signed in. */
const returnPaths: ReadonlySet<string> = new Set([homePath, '/reference', '/v1/openapi.json'])

/**
 * The path to go back to, when it is one of ours; else the own account. An address with a host, or one that a browser would read as one, is
 * none of ours.
 */
export function toReturnPath(asked: string | undefined): string {
  if (asked === undefined || !/^\/[A-Za-z0-9/_?=&.-]*$/.test(asked)) return homePath
  const [path = ''] = asked.split('?')
  return returnPaths.has(path) ? asked : homePath
}

import type { IncomingMessage } from 'node:http'
import type { Credentials } from '../access/authenticator.ts'

/** The headers of a request that tell who sends it. */
export function readCredentials({ method, headers }: IncomingMessage): Credentials {
  return {
    method: method ?? '',
    host: headers.host,
    authorization: headers.authorization,
    cookie: headers.cookie,
    userAgent: headers['user-agent'],
    origin: headers.origin,
    fetchSite: oneText(headers['sec-fetch-site']),
    csrfToken: oneText(headers['x-csrf-token']),
  }
}

/** Node joins what comes twice with a comma: that fits nothing. */
const oneText = (value: string | string[] | undefined): string | undefined =>
  typeof value === 'object' ? value.join(',') : value

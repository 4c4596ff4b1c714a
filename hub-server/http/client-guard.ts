import type { Express, Request, Response } from 'express'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import { noTrustedProxies, trusts, type TrustedProxies } from './trusted-proxies.ts'

/** What is known of proxies in front of the hub. */
export interface ProxyPorts {
  readonly trusted: TrustedProxies
  /** Told of requests that another proxy passes on. */
  readonly onUntrusted: (request: Request) => void
}

/** A year: https://www.rfc-editor.org/rfc/rfc6797#section-6.1.1. Browsers heed it over TLS alone. */
const strictTransport = 'max-age=31536000'

/**
 * Reads where requests come from, in front of everything else: `X-Forwarded-For` and `X-Forwarded-Proto` count of trusted proxies alone, and
 * `Forwarded` of none, since a proxy that sets one of them and passes the other on would let its callers choose. Where the hub's public address is
 * https, what such a proxy got in the clear is refused with `api.tls_needed` and not sent on to TLS: a client's mistake is to be noticed, since
 * what it sent was read on the way (OWASP ASVS 4.1.2).
 */
export function createClientGuard(
  app: Express,
  {
    publicUrl,
    proxies,
  }: { readonly publicUrl?: string | undefined; readonly proxies?: ProxyPorts | undefined },
): (request: Request, response: Response) => void {
  const trusted = proxies?.trusted ?? noTrustedProxies
  app.set('trust proxy', (address: string) => trusts(trusted, address))
  const needsTls = publicUrl?.startsWith('https:') === true
  return (request, response) => {
    if (needsTls) response.set('Strict-Transport-Security', strictTransport)
    if (!trusts(trusted, request.socket.remoteAddress)) {
      if (request.headers['x-forwarded-for'] !== undefined) proxies?.onUntrusted(request)
      return
    }
    const isTold = request.headers['x-forwarded-proto'] !== undefined
    if (needsTls && isTold && !request.secure) throw new AffluentError('api.tls_needed')
  }
}

import { createPrivateKey, createSign } from 'node:crypto'
import { z } from 'zod'
import { PlatformError } from '../../core/errors/affluent-error.ts'

const keyFile = z.object({
  type: z.literal('service_account'),
  client_email: z.string().min(3),
  private_key: z.string().min(1),
  private_key_id: z.string().optional(),
})

/** What a key file of a service account tells. */
export type ServiceAccount = z.output<typeof keyFile>

/** Reads the JSON of a key file. Throws `platform.auth_expired` (a person must mend it) without quoting any of it. */
export function parseServiceAccount(json: string, act: string): ServiceAccount {
  try {
    const account = keyFile.parse(JSON.parse(json))
    createPrivateKey(account.private_key)
    return account
  } catch {
    // The cause would quote the key.
    throw new PlatformError('platform.auth_expired', {
      act,
      said: 'service_account_key is not the JSON key file of a service account',
    })
  }
}

export interface Assertion {
  readonly scopes: readonly string[]
  /** The token endpoint, which must be named as the audience. */
  readonly tokenUrl: string
  /** Epoch milliseconds. */
  readonly now: number
}

/** A signed JWT that is exchanged for a token: RS256, one hour (https://developers.google.com/identity/protocols/oauth2/service-account). */
export function signAssertion(account: ServiceAccount, assertion: Assertion): string {
  const issuedAt = Math.floor(assertion.now / 1000)
  const header = {
    alg: 'RS256',
    typ: 'JWT',
    ...(account.private_key_id !== undefined && { kid: account.private_key_id }),
  }
  const claims = {
    iss: account.client_email,
    scope: assertion.scopes.join(' '),
    aud: assertion.tokenUrl,
    iat: issuedAt,
    exp: issuedAt + 3600,
  }
  const unsigned = `${toBase64Url(header)}.${toBase64Url(claims)}`
  const signature = createSign('RSA-SHA256').update(unsigned).sign(account.private_key, 'base64url')
  return `${unsigned}.${signature}`
}

const toBase64Url = (part: object): string => Buffer.from(JSON.stringify(part), 'utf8').toString('base64url')

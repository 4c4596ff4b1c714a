import { createSign } from 'node:crypto'

/** Salesforce takes assertions that end at most three minutes ahead (2.1). */
const lifetimeSeconds = 180

export interface AssertionClaims {
  /** Consumer key of the app. */
  readonly issuer: string
  /** User name that the hub acts as. */
  readonly subject: string
  readonly audience: string
  /** Epoch milliseconds. */
  readonly now: number
}

/** The signed assertion of the JWT bearer flow (RS256). Throws Node's error when the key is none. */
export function signAssertion(claims: AssertionClaims, privateKey: string): string {
  const content = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode({
    iss: claims.issuer,
    sub: claims.subject,
    aud: claims.audience,
    exp: Math.floor(claims.now / 1000) + lifetimeSeconds,
  })}`
  const signature = createSign('RSA-SHA256').update(content).sign(privateKey, 'base64url')
  return `${content}.${signature}`
}

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')

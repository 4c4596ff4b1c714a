import { createHmac, hash } from 'node:crypto'

/** Lower-case hex SHA-256 of a text's UTF-8 bytes, as Meta matches it. */
export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex')
}

/** SHA-256 of nothing: what a careless pipeline sends for a person without the value. It would name nobody, or everybody. */
export const hashOfNothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** True for a value that is a SHA-256 already, in either case. Meta's own helpers pass such values through unhashed. */
export function isSha256(text: string): boolean {
  return text.length === 64 && /^[0-9a-f]{64}$/i.test(text)
}

/**
 * Proof that the caller holds the app secret: hex HMAC-SHA256 of the access token under it
 * (https://developers.facebook.com/docs/graph-api/securing-requests).
 */
export function appSecretProof(accessToken: string, appSecret: string): string {
  return createHmac('sha256', appSecret).update(accessToken).digest('hex')
}

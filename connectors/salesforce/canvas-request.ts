import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { toId18 } from './salesforce-id.ts'

const canvasRequest = z.object({
  algorithm: z.string().regex(/^HMAC-?SHA256$/i),
  issuedAt: z.number(),
  userId: z.string().optional(),
  client: z.object({ oauthToken: z.string(), instanceUrl: z.string() }),
  context: z
    .object({ organization: z.object({ organizationId: z.string().transform(toId18) }).optional() })
    .optional(),
})
export type CanvasRequest = z.output<typeof canvasRequest>

/** A signed request is for the page load that it came with. */
const longestAgeMs = 300_000

/**
 * Opens the `signed_request` that Salesforce posts to a canvas page: `<base64 signature>.<base64 JSON>`, HMAC-SHA256 with the app's
 * consumer secret over the encoded part as it is. Undefined unless the signature is right (compared in constant time, before
 * anything is decoded) and the request is at most five minutes old at `now`. jsforce's own option only decodes.
 */
export function openCanvasRequest(
  signedRequest: string,
  consumerSecret: string,
  now: number,
): CanvasRequest | undefined {
  const dot = signedRequest.indexOf('.')
  if (dot < 0) return undefined
  const encoded = signedRequest.slice(dot + 1)
  const expected = createHmac('sha256', consumerSecret).update(encoded).digest()
  const given = Buffer.from(signedRequest.slice(0, dot), 'base64')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  const request = canvasRequest.safeParse(decode(encoded)).data
  return request && Math.abs(now - issuedAtMs(request)) <= longestAgeMs ? request : undefined
}

function decode(encoded: string): unknown {
  try {
    return JSON.parse(Buffer.from(encoded, 'base64').toString('utf8'))
  } catch {
    // Signed, and yet no JSON: as little to be trusted as a wrong signature.
    return undefined
  }
}

/** Seconds since 1970, as in the published example; numbers too large for that are milliseconds. */
const issuedAtMs = ({ issuedAt }: CanvasRequest): number => (issuedAt < 1e11 ? issuedAt * 1000 : issuedAt)

import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { toId18 } from '../salesforce-id.ts'

const parameters = z.looseObject({ recordId: z.string().optional().catch(undefined) })

/**
 * What the hub reads of an envelope. Everything else stays behind when it is parsed, first of all `client.oauthToken`, which opens the org.
 */
const canvasRequest = z.object({
  /** https://developer.salesforce.com/docs/platform/canvas-framework/guide/canvas-request-object.html */
  algorithm: z.literal('HMACSHA256'),
  issuedAt: z.number(),
  userId: z.string().regex(/^005[A-Za-z0-9]{12}(?:[A-Z0-5]{3})?$/),
  client: z.object({
    instanceUrl: z.url({ protocol: /^https$/ }),
    targetOrigin: z.string().optional().catch(undefined),
  }),
  context: z.object({
    user: z.object({ language: z.string().max(20).catch('') }).optional(),
    organization: z.object({ organizationId: z.string().transform(toId18) }),
    environment: z
      .object({
        /** Of page layouts: the record that the page shows. */
        record: z
          .object({ Id: z.string().optional().catch(undefined) })
          .optional()
          .catch(undefined),
        /** Of our Lightning component, which says itself where it stands. */
        parameters: parameters.optional().catch(undefined),
      })
      .optional(),
  }),
})
export type CanvasRequest = z.output<typeof canvasRequest>

/** Longest that is looked at. Salesforce's are three to six thousand characters, with a token and a record. */
export const longestEnvelope = 65_536

/** An envelope of the future is one whose clock runs ahead of ours: a minute at most. */
const aheadMs = 60_000

export interface EnvelopeCheck {
  /** Consumer secrets that hold: the app's, and the one before while both do. */
  readonly secrets: readonly string[]
  /** Epoch milliseconds. */
  readonly now: number
  /** How old an envelope may be, in milliseconds. */
  readonly maxAgeMs: number
}

/** Exactly what Salesforce writes: the ordinary alphabet with its padding, of 32 bytes, then one dot, then the same of the content. */
const envelope =
  /^(?<signature>[A-Za-z0-9+/]{43}=)\.(?<content>(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/

/**
 * Opens the `signed_request` that Salesforce posts to a canvas page: `<base64 signature>.<base64 JSON>`, HMAC-SHA256 with the app's
 * consumer secret over the second part as it stands. Undefined unless the signature is right (compared as text, in constant time, before
 * anything is decoded), the algorithm is the one that Salesforce uses, and it is fresh. Never throws.
 */
export function openCanvasRequest(
  signedRequest: string,
  { secrets, now, maxAgeMs }: EnvelopeCheck,
): CanvasRequest | undefined {
  if (signedRequest.length > longestEnvelope) return undefined
  const { signature, content } = envelope.exec(signedRequest)?.groups ?? {}
  if (signature === undefined || content === undefined) return undefined
  // As text: the last character of a signature has bits that decoding ignores, and would stand for four signatures.
  if (!secrets.some((secret) => isSame(signature, sign(content, secret)))) return undefined
  const request = canvasRequest.safeParse(decode(content)).data
  if (!request) return undefined
  const age = now - issuedAtMs(request)
  return age <= maxAgeMs && age >= -aheadMs ? request : undefined
}

const sign = (content: string, secret: string): string =>
  createHmac('sha256', secret).update(content).digest('base64')

/** Both are 44 characters of ASCII: the pattern says so. */
const isSame = (given: string, expected: string): boolean =>
  timingSafeEqual(Buffer.from(given), Buffer.from(expected))

function decode(content: string): unknown {
  try {
    return JSON.parse(Buffer.from(content, 'base64').toString('utf8'))
  } catch {
    // Signed, and yet no JSON: as little to be trusted as a wrong signature.
    return undefined
  }
}

/** Seconds since 1970, as in the published example; numbers too large for that are milliseconds. */
export const issuedAtMs = ({ issuedAt }: CanvasRequest): number =>
  issuedAt < 1e11 ? issuedAt * 1000 : issuedAt

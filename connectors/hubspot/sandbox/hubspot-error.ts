import type { SandboxReply } from '../../sandbox-kit/sandbox-server.ts'

/** Parts of HubSpot's generic error body. Everything but the message is optional there. */
export interface HubspotErrorDetails {
  readonly category: string
  readonly message: string
  readonly subCategory?: string
  readonly errors?: readonly {
    readonly message: string
    readonly code?: string
    readonly in?: string
    readonly context?: Readonly<Record<string, readonly string[]>>
  }[]
  readonly context?: Readonly<Record<string, readonly string[]>>
}

/** The id that every error of the sandbox carries, as HubSpot's support asks for it. */
const sandboxCorrelationId = 'aeb5f871-7f07-4993-9211-075dc63e7cbf'

/** A refusal with HubSpot's generic error body: status, category, message, correlationId and details. */
export function hubspotError(status: number, details: HubspotErrorDetails): SandboxReply {
  return { status, body: { status: 'error', correlationId: sandboxCorrelationId, ...details } }
}

/** 400 with category VALIDATION_ERROR. */
export const invalid = (message: string, code?: string): SandboxReply =>
  hubspotError(400, {
    category: 'VALIDATION_ERROR',
    message,
    ...(code !== undefined && { errors: [{ message, code }] }),
  })

/** 404 with category OBJECT_NOT_FOUND. */
export const notFound = (message: string): SandboxReply =>
  hubspotError(404, { category: 'OBJECT_NOT_FOUND', message })

/** 409 with category CONFLICT. */
export const conflict = (message: string): SandboxReply =>
  hubspotError(409, { category: 'CONFLICT', message })

/** 429 of one policy: TEN_SECONDLY_ROLLING, SECONDLY or DAILY. The sandbox, like HubSpot's pages, sends no Retry-After. */
export const rateLimited = (policyName: string): SandboxReply => ({
  status: 429,
  body: {
    status: 'error',
    message: `You have reached your ${policyName.toLowerCase()} limit.`,
    errorType: 'RATE_LIMIT',
    policyName,
    correlationId: sandboxCorrelationId,
    requestId: sandboxCorrelationId,
  },
})

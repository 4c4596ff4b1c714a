import { z } from 'zod'

const duration = z.union([
  z
    .string()
    .regex(/^\d{1,9}(?:\.\d{1,9})?s$/)
    .transform((text) => Number.parseFloat(text) * 1000),
  z
    .object({ seconds: z.coerce.number().default(0), nanos: z.coerce.number().default(0) })
    .transform(({ seconds, nanos }) => seconds * 1000 + nanos / 1_000_000),
])

const violation = z.object({
  field: z.string().default(''),
  description: z.string().default(''),
  reason: z.string().default(''),
})
/** One refused field: `audience_members[3].user_data.…`, and why (a name of Google's ErrorReason). */
type FieldViolation = z.output<typeof violation>

const quotaDetails = z.object({ retry_delay: duration.exactOptional() })
const adsError = z.object({
  error_code: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  message: z.string().default(''),
  location: z
    .object({
      field_path_elements: z.array(z.object({ field_name: z.string(), index: z.coerce.number().optional() })),
    })
    .optional(),
  details: z.object({ quota_error_details: quotaDetails.optional() }).optional(),
})
/** One error of a `GoogleAdsFailure`, with the names of the protos. */
export type AdsError = z.output<typeof adsError>

/** The details of a status that we understand, whichever of them a detail is. Keys have the names of the protos. */
const detail = z.object({
  reason: z.string().optional().catch(undefined),
  metadata: z.record(z.string(), z.string()).optional().catch(undefined),
  field_violations: z.array(violation).optional().catch(undefined),
  retry_delay: duration.optional().catch(undefined),
  violations: z
    .array(z.object({ description: z.string().default('') }))
    .optional()
    .catch(undefined),
  request_id: z.string().optional().catch(undefined),
  errors: z.array(adsError).optional().catch(undefined),
})

const body = z.object({
  error: z.object({
    code: z.number().optional(),
    status: z.string().default(''),
    message: z.string().default(''),
    details: z.array(z.unknown()).default([]),
  }),
})

/** `google.rpc.Status` as both APIs answer it, with its details taken apart. */
export interface RpcStatus {
  readonly status: string
  readonly message: string
  /** From ErrorInfo. */
  readonly reason: string
  readonly metadata: Readonly<Record<string, string>>
  /** From BadRequest. */
  readonly violations: readonly FieldViolation[]
  /** From RetryInfo, milliseconds. */
  readonly retryDelayMs?: number
  /** From QuotaFailure: which quota it was, in words. */
  readonly quota: string
  /** From GoogleAdsFailure. */
  readonly errors: readonly AdsError[]
  readonly requestId?: string
}

/** Reads an error body; undefined when it is none. `searchStream` and some front ends wrap it in a list. */
export function parseRpcStatus(raw: unknown): RpcStatus | undefined {
  const parsed = body.safeParse(Array.isArray(raw) ? raw[0] : raw)
  if (!parsed.success) return undefined
  const { status, message, details } = parsed.data.error
  const known = details.flatMap((each) => detail.safeParse(toProtoNames(each, 8)).data ?? [])
  const retryDelayMs = known.find((each) => each.retry_delay !== undefined)?.retry_delay
  const requestId = known.find((each) => each.request_id !== undefined)?.request_id
  return {
    status,
    message,
    reason: known.find((each) => each.reason !== undefined)?.reason ?? '',
    metadata: Object.assign({}, ...known.map((each) => each.metadata ?? {})),
    violations: known.flatMap((each) => each.field_violations ?? []),
    ...(retryDelayMs !== undefined && { retryDelayMs }),
    quota: known
      .flatMap((each) => each.violations ?? [])
      .map(({ description }) => description)
      .join(' '),
    errors: known.flatMap((each) => each.errors ?? []),
    ...(requestId !== undefined && { requestId }),
  }
}

/** JSON writes `fieldViolations`, the protos (and gRPC) `field_violations`: one form for both. Nothing here is nested deeper. */
function toProtoNames(value: unknown, depth: number): unknown {
  if (depth === 0 || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((each) => toProtoNames(each, depth - 1))
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [toSnakeCase(name), toProtoNames(inner, depth - 1)]),
  )
}

const toSnakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

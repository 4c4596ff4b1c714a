import type { SandboxReply, SandboxRequest } from '../../sandbox-kit/sandbox-server.ts'

/** HTTP statuses of Google's canonical codes (google/rpc/code.proto). */
const statuses = {
  INVALID_ARGUMENT: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  RESOURCE_EXHAUSTED: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
} as const

export interface GoogleErrorDetail {
  /** ErrorInfo.reason, such as "ACCESS_TOKEN_EXPIRED". */
  readonly reason?: string
  readonly metadata?: Readonly<Record<string, string>>
  /** RetryInfo.retryDelay, such as "12s". */
  readonly retryDelay?: string
}

/** google.rpc.Status as Google's REST servers write it. */
export function googleError(
  status: keyof typeof statuses,
  message: string,
  detail: GoogleErrorDetail = {},
): SandboxReply {
  const code = statuses[status]
  const details = [
    ...(detail.reason === undefined
      ? []
      : [
          {
            '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
            reason: detail.reason,
            domain: 'googleapis.com',
            metadata: detail.metadata ?? {},
          },
        ]),
    ...(detail.retryDelay === undefined
      ? []
      : [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: detail.retryDelay }]),
  ]
  return { status: code, body: { error: { code, message, status, ...(details.length > 0 && { details }) } } }
}

/** What a JSON body with a name that the message does not know is answered: the fault of trap 2, wrapping the export's body. */
export function unknownName(name: string): SandboxReply {
  return googleError(
    'INVALID_ARGUMENT',
    `Invalid JSON payload received. Unknown name "${name}": Cannot find field.`,
  )
}

/** Body as an object; undefined when it is none. */
export function bodyOf(request: SandboxRequest): Record<string, unknown> | undefined {
  const { body } = request
  if (request.text === '') return {}
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body } : undefined
}

/** Enums as the request wants them: numbers with `$alt=json;enum-encoding=int`, else names. */
export function enumOf(request: SandboxRequest, names: readonly string[], name: string): string | number {
  return request.query.get('$alt')?.includes('enum-encoding=int') === true ? names.indexOf(name) : name
}

/** A page of a list by `pageSize` and `pageToken`, which is the place as text. */
export function pageOf<Item>(
  request: SandboxRequest,
  items: readonly Item[],
): { readonly items: readonly Item[]; readonly nextPageToken?: string } {
  const size = Math.min(Number(request.query.get('pageSize') ?? 50), 1000)
  const start = Number(request.query.get('pageToken')?.replace('page-', '') ?? 0)
  const next = start + size
  return {
    items: items.slice(start, next),
    ...(next < items.length && { nextPageToken: `page-${next}` }),
  }
}

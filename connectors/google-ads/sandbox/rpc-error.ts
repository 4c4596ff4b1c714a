import type { SandboxReply } from '../../sandbox-kit/sandbox-server.ts'

/** One refused field: BadRequest.fieldViolations (chapter 2.2 of the platform notes). */
export interface FieldViolation {
  readonly field: string
  readonly reason: string
  readonly description: string
}

export interface RpcFault {
  readonly http: number
  /** Name of `google.rpc.Code`. */
  readonly status: string
  readonly message: string
  /** Of ErrorInfo; absent: none. */
  readonly reason?: string
  readonly metadata?: Readonly<Record<string, string>>
  readonly violations?: readonly FieldViolation[]
  readonly retrySeconds?: number
}

const type = (name: string): string => `type.googleapis.com/google.rpc.${name}`

let requests = 0

/** `google.rpc.Status` as JSON, with ErrorInfo, BadRequest, RetryInfo and RequestInfo (chapter 2.4). */
export function rpcError(fault: RpcFault): SandboxReply {
  requests += 1
  const details: object[] = []
  if (fault.reason !== undefined)
    details.push({
      '@type': type('ErrorInfo'),
      reason: fault.reason,
      domain: 'datamanager.googleapis.com',
      metadata: fault.metadata ?? {},
    })
  if (fault.violations) details.push({ '@type': type('BadRequest'), fieldViolations: fault.violations })
  if (fault.retrySeconds !== undefined)
    details.push({ '@type': type('RetryInfo'), retryDelay: `${fault.retrySeconds}s` })
  details.push({ '@type': type('RequestInfo'), requestId: `sandbox-${requests}` })
  const { http, status, message } = fault
  return { status: http, body: { error: { code: http, message, status, details } } }
}

/** 400 with one reason. */
export function invalidArgument(
  reason: string,
  message: string,
  violations?: readonly FieldViolation[],
): SandboxReply {
  return rpcError({
    http: 400,
    status: 'INVALID_ARGUMENT',
    message,
    reason,
    ...(violations && { violations }),
  })
}

/** 401: no token, an expired one, or one that nobody issued. */
export function unauthenticated(): SandboxReply {
  return rpcError({
    http: 401,
    status: 'UNAUTHENTICATED',
    message: 'Request had invalid authentication credentials. Expected OAuth 2 access token.',
    reason: 'ACCESS_TOKEN_EXPIRED',
  })
}

/** 403 with one reason. */
export function denied(reason: string, message: string): SandboxReply {
  return rpcError({ http: 403, status: 'PERMISSION_DENIED', message, reason })
}

/** An error of the Google Ads API: category and name as in `errors.proto`. */
export interface AdsFault {
  readonly http: number
  readonly status: string
  /** camelCase: "quotaError". */
  readonly category: string
  readonly name: string
  readonly message: string
  readonly retrySeconds?: number
  /** The operation at fault. */
  readonly operation?: number
}

/** GoogleAdsFailure as REST answers it (chapter 3.6). */
export function adsError(fault: AdsFault): SandboxReply {
  requests += 1
  const { http, status, category, name, message, retrySeconds, operation } = fault
  const error = {
    errorCode: { [category]: name },
    message,
    ...(operation !== undefined && {
      location: { fieldPathElements: [{ fieldName: 'operations', index: operation }] },
    }),
    ...(retrySeconds !== undefined && {
      details: {
        quotaErrorDetails: {
          rateScope: 'DEVELOPER',
          rateName: 'Requests per project',
          retryDelay: `${retrySeconds}s`,
        },
      },
    }),
  }
  const failure = {
    '@type': 'type.googleapis.com/google.ads.googleads.v25.errors.GoogleAdsFailure',
    errors: [error],
    requestId: `sandbox-${requests}`,
  }
  return {
    status: http,
    body: { error: { code: http, message: 'Request contains an error.', status, details: [failure] } },
  }
}

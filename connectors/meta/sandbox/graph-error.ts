import type { SandboxReply } from '../../sandbox-kit/sandbox-server.ts'

/** An error of the Graph API, as documented in chapter 1 of the platform notes and Meta's error-handling guide. */
export interface GraphFault {
  readonly code: number
  readonly subcode?: number
  readonly message: string
  /** Default 400. */
  readonly status?: number
  readonly transient?: boolean
  readonly headers?: Readonly<Record<string, string>>
}

let traces = 0

/** The reply with exactly Meta's error body. */
export function graphError(fault: GraphFault): SandboxReply {
  traces += 1
  return {
    status: fault.status ?? 400,
    ...(fault.headers && { headers: fault.headers }),
    body: {
      error: {
        message: `(#${fault.code}) ${fault.message}`,
        type: 'OAuthException',
        code: fault.code,
        ...(fault.subcode !== undefined && { error_subcode: fault.subcode }),
        is_transient: fault.transient ?? false,
        fbtrace_id: `Asandbox${traces}`,
      },
    },
  }
}

/** 100: a parameter is wrong. */
export function wrongParameter(message: string): SandboxReply {
  return graphError({ code: 100, message })
}

/** 100/33: the object is missing, or the token has no right on it; Meta does not tell which. */
export function noSuchObject(id: string): SandboxReply {
  return graphError({
    code: 100,
    subcode: 33,
    message: `Unsupported request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation.`,
  })
}

/** 200/1870090: nobody accepted the Custom Audience terms. */
export function termsNotAccepted(): SandboxReply {
  return graphError({
    code: 200,
    subcode: 1_870_090,
    status: 403,
    message: 'Permissions error: Custom Audience Terms Not Accepted',
  })
}

/** 200/1870092: nobody accepted the terms of value-based audiences. */
export function businessToolsTerms(): SandboxReply {
  return graphError({
    code: 200,
    subcode: 1_870_092,
    status: 403,
    message: 'Permissions error: Business Tools Terms Not Accepted',
  })
}

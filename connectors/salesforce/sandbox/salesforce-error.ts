import type { SandboxReply } from '../../sandbox-kit/sandbox-server.ts'

/** An error body: an array, unlike that of the OAuth endpoints (2.5). */
export const salesforceError = (status: number, errorCode: string, message: string): SandboxReply => ({
  status,
  body: [{ message, errorCode, fields: [] }],
})

/** The error body of the OAuth endpoints. */
export const oauthError = (error: string, description: string): SandboxReply => ({
  status: 400,
  body: { error, error_description: description },
})

export const noSession = (): SandboxReply =>
  salesforceError(401, 'INVALID_SESSION_ID', 'Session expired or invalid')

/** Why one record was not saved. */
export interface SaveError {
  readonly statusCode: string
  readonly message: string
  readonly fields: readonly string[]
}

export const saveError = (
  statusCode: string,
  message: string,
  fields: readonly string[] = [],
): SaveError => ({ statusCode, message, fields })

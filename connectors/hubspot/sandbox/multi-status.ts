import type { SandboxReply } from '../../sandbox-kit/sandbox-server.ts'

/** Inputs of one batch (chapter 1.4). */
export const largestBatch = 100

/** One error of a multi-status answer. */
export interface InputError {
  readonly status: 'error'
  readonly category: string
  readonly message: string
  readonly context: Readonly<Record<string, readonly string[]>>
  readonly errors?: readonly { readonly message: string; readonly code?: string | undefined }[] | undefined
}

/** A batch answer: 200, or 207 when some inputs failed. */
export function multiStatus(results: readonly unknown[], errors: readonly InputError[]): SandboxReply {
  const at = '2026-11-22T00:00:00.000Z'
  const body = { status: 'COMPLETE', startedAt: at, completedAt: at, results }
  if (errors.length === 0) return { status: 200, body }
  return { status: 207, body: { ...body, numErrors: errors.length, errors } }
}

import type { ErrorParams } from '../errors/affluent-error.ts'
import type { ErrorCode } from '../errors/error-codes.ts'

/** Work that takes longer than one request, as it is kept. */
export interface OperationRecord {
  readonly id: string
  /** Name of the route that began it: "runs.create". */
  readonly route: string
  /** As in the audit log. */
  readonly actor: string
  readonly state: 'running' | 'succeeded' | 'failed' | 'cancelled'
  /** Epoch milliseconds. */
  readonly startedAt: number
  readonly finishedAt: number | null
  /** The result, sealed: it may tell of people. Null until it succeeded. */
  readonly sealedResult: string | null
  readonly error: { readonly code: ErrorCode; readonly params: ErrorParams } | null
}

/** A request that was sent with an Idempotency-Key. */
interface KeptRequest {
  /** Of its content: another content under the same key is a mistake. */
  readonly digest: string
  /** The answer, sealed; null while it is being worked out. */
  readonly sealedAnswer: string | null
}

/** What the API remembers of requests: answers to be given again, and operations. */
export interface RequestStore {
  /** Takes a key for a request, or tells what is kept under it. `name` is a digest of caller, route and key. */
  claimRequest(name: string, digest: string, at: number): Promise<KeptRequest | undefined>
  keepAnswer(name: string, sealedAnswer: string): Promise<void>
  /** Gives a key back whose request was refused or failed. */
  releaseRequest(name: string): Promise<void>
  /** Forgets requests and operations that ended before an instant. */
  forgetRequests(before: number): Promise<void>
  createOperation(operation: OperationRecord): Promise<void>
  endOperation(id: string, end: Omit<OperationRecord, 'id' | 'route' | 'actor' | 'startedAt'>): Promise<void>
  operation(id: string): Promise<OperationRecord | undefined>
  /** Newest first. */
  operations(page: { readonly limit: number; readonly before?: string }): Promise<OperationRecord[]>
  /** After a start: what an earlier process had under way ended with it. */
  endLostOperations(at: number): Promise<void>
}

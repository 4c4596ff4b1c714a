import type { AuditFact } from '../audit/audit-entry.ts'

/** Acts that need a second person, beside runs that the guard stopped. */
export const guardedActs = ['role_grant', 'mass_erase', 'new_destination'] as const
export type GuardedAct = (typeof guardedActs)[number]

/** What somebody asked for and another person must approve. Instants are epoch milliseconds. */
export interface ApprovalRequest {
  readonly id: string
  readonly kind: GuardedAct
  /** Kind and name, as in the audit log: "user/Ada". */
  readonly object: string
  /** Digest of all that would be done: an approval holds for exactly that. */
  readonly digest: string
  /** `used`: approved, and carried out since. */
  readonly state: 'waiting' | 'approved' | 'refused' | 'used'
  readonly requestedAt: number
  /** Actor: "user:Ada". */
  readonly requestedBy: string
  readonly expiresAt: number
  readonly decidedBy: string | null
}

/** The using up of an approval, by what it was given for. */
export interface ApprovalUse {
  /** Of the request. */
  readonly id: string
  readonly fact: AuditFact
}

/** Requests for approval. */
export interface Approvals {
  approvalRequest(id: string): Promise<ApprovalRequest | undefined>
  /** Newest first; those after one of them. */
  approvalRequests(page: {
    readonly limit: number
    readonly after?: Pick<ApprovalRequest, 'requestedAt' | 'id'> | undefined
  }): Promise<ApprovalRequest[]>
  /** The request in this state, not over yet. */
  findApproval(
    wanted: Pick<ApprovalRequest, 'kind' | 'object' | 'digest' | 'requestedBy'>,
    now: number,
  ): Promise<ApprovalRequest | undefined>
  createApproval(request: ApprovalRequest, fact: AuditFact): Promise<void>
  /** Approves or refuses a request. False when it does not wait any more. */
  decideApproval(
    id: string,
    decision: { readonly state: 'approved' | 'refused'; readonly by: string },
    fact: AuditFact,
  ): Promise<boolean>
  /** Uses an approval up. False when it is not there any more. */
  useApproval(use: ApprovalUse): Promise<boolean>
  /** Actors who applied manifests since the instant. */
  manifestActors(since: number): Promise<string[]>
}

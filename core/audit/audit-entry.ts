import type { JsonObject } from '../port/json.ts'

/** What the audit log records: who did what to which object, and when. Details carry counts, names and digests, never a person. */
export interface AuditFact {
  /** Epoch milliseconds. */
  readonly at: number
  /** "cli:<system user>", "hub" or, later, a signed-in person. */
  readonly actor: string
  /** Subject and past verb: "manifest_applied", "run_started", "plan_approved", "profile_erased". */
  readonly action: string
  /** Kind and name: "sync/big-spenders-to-meta". */
  readonly object: string
  readonly details: JsonObject
}

/** A fact in the chain: `hash` covers the fact, its number and the hash before it. */
export interface AuditEntry extends AuditFact {
  /** Position from 1, without gaps. */
  readonly number: number
  readonly previousHash: string
  readonly hash: string
}

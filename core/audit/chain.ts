import type { AuditEntry, AuditFact } from './audit-entry.ts'
import { canonicalJson } from './canonical-json.ts'

/** SHA-256 of a text's UTF-8 bytes as lower-case hexadecimal. Handed in, because core has no cryptography of its own. */
export type TextDigest = (text: string) => string

/** Where a chain ends. An empty chain ends at number 0 with `genesisHash`. */
export interface ChainHead {
  readonly number: number
  readonly hash: string
}

/** What stands in `previousHash` of the first entry. */
const genesisHash = '0'.repeat(64)

/** The head of a chain without entries. */
export const emptyChain: ChainHead = { number: 0, hash: genesisHash }

/**
 * What is wrong with the first bad entry.
 * - `number_differs`: another number was expected here: an entry is missing, inserted or moved.
 * - `link_broken`: the entry does not name the hash of the one before it.
 * - `content_differs`: the entry's own hash does not fit what it says: it was edited.
 */
export type ChainProblem = 'number_differs' | 'link_broken' | 'content_differs'

/** `head` is the last good entry; `number` the position, counted from 1, of the first bad one. */
export type ChainReport =
  | { readonly ok: true; readonly head: ChainHead }
  | { readonly ok: false; readonly head: ChainHead; readonly number: number; readonly problem: ChainProblem }

/** Appends a fact behind `head`. */
export function linkEntry(fact: AuditFact, head: ChainHead, digest: TextDigest): AuditEntry {
  const linked = {
    at: fact.at,
    actor: fact.actor,
    action: fact.action,
    object: fact.object,
    details: fact.details,
    number: head.number + 1,
    previousHash: head.hash,
  }
  return { ...linked, hash: digest(canonicalJson(linked)) }
}

/**
 * Checks entries in the order they are stored, starting behind `head`, and names the first bad one.
 *
 * It finds every edit, deletion, insertion and reordering inside the chain that does not recompute all later hashes. It cannot
 * see that the tail was cut off, nor that the whole rest was written anew: for that the returned head is compared with one kept
 * in a second place.
 */
export function verifyChain(
  entries: Iterable<AuditEntry>,
  digest: TextDigest,
  head: ChainHead = emptyChain,
): ChainReport {
  let last = head
  for (const entry of entries) {
    const problem = findProblem(entry, last, digest)
    if (problem) return { ok: false, head: last, number: last.number + 1, problem }
    last = { number: entry.number, hash: entry.hash }
  }
  return { ok: true, head: last }
}

function findProblem(entry: AuditEntry, last: ChainHead, digest: TextDigest): ChainProblem | undefined {
  if (entry.number !== last.number + 1) return 'number_differs'
  if (entry.previousHash !== last.hash) return 'link_broken'
  return linkEntry(entry, last, digest).hash === entry.hash ? undefined : 'content_differs'
}

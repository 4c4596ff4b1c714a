import type { AuditReport } from '../../core/audit/audit-report.ts'
import { emptyChain, verifyChain, type ChainHead, type ChainReport } from '../../core/audit/chain.ts'
import type { AuditCheckpoint } from '../../core/audit/checkpoint.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import { createAuditHeadFile } from '../store/audit-head.ts'
import { sha256 } from '../store/sha256.ts'
import { isSigned } from './checkpoint-key.ts'

/** What the chain must agree with. */
export interface AuditProof {
  /** As they were published, in any order. */
  readonly checkpoints: readonly AuditCheckpoint[]
  /** The hub's public key, if it is known from elsewhere; else the checkpoints have only to be signed with one and the same key. */
  readonly publicKey?: string | undefined
}

/** Entries held in memory at once. */
const pageSize = 1_000

/**
 * Checks the whole audit log, page by page, and compares it with `audit-head.json` beside the control store and with signed checkpoints
 * that were kept elsewhere. Open the store with `inspect: true`, or it refuses to open for exactly the faults that are looked for here.
 *
 * Found: every edit, deletion, insertion and reordering; a cut tail; a chain recomputed behind an edit. Without checkpoints not found: a
 * forgery by somebody who recomputes the chain and also rewrites the head file, and what was cut together with a head of the same age (both
 * files restored from one older copy).
 */
export async function verifyAudit(
  store: ControlStore,
  controlStorePath: string,
  { checkpoints, publicKey }: AuditProof = { checkpoints: [] },
): Promise<AuditReport> {
  const forged = findForged(checkpoints, publicKey)
  if (forged) return { ok: false, number: forged.number, problem: 'checkpoint_forged' }
  const noted = createAuditHeadFile(controlStorePath).read()
  const unmet = new Set([...(noted ? [noted] : []), ...checkpoints].filter(({ number }) => number > 0))
  const report = await followChain(store, unmet)
  if (!report.ok) return { ok: false, number: report.number, problem: report.problem }
  const { head } = report
  const number = findDifference(unmet, head)
  if (number !== undefined)
    return { ok: false, number, problem: number > head.number ? 'tail_missing' : 'head_differs' }
  if (!noted && head.number > 0) return { ok: false, number: head.number, problem: 'head_missing' }
  return { ok: true, entries: head.number, head, checkpoints: checkpoints.length }
}

function findForged(
  checkpoints: readonly AuditCheckpoint[],
  key: string | undefined = checkpoints[0]?.key,
): AuditCheckpoint | undefined {
  return checkpoints.find((checkpoint) => checkpoint.key !== key || !isSigned(checkpoint))
}

/** Checks the chain to its end and takes out of `unmet` what it agrees with. */
async function followChain(store: ControlStore, unmet: Set<ChainHead>): Promise<ChainReport> {
  let head = emptyChain
  for (;;) {
    const page = await store.auditEntries({ from: head.number + 1, limit: pageSize })
    const report = verifyChain(page, sha256, head)
    if (!report.ok) return report
    const hashes = new Map(page.map(({ number, hash }) => [number, hash]))
    for (const mark of unmet) if (hashes.get(mark.number) === mark.hash) unmet.delete(mark)
    if (page.length < pageSize) return report
    head = report.head
  }
}

/** The first entry that the chain lacks, or holds otherwise than it was noted. */
function findDifference(unmet: ReadonlySet<ChainHead>, head: ChainHead): number | undefined {
  if (unmet.size === 0) return undefined
  const first = Math.min(...[...unmet].map(({ number }) => number))
  return Math.min(first, head.number + 1)
}

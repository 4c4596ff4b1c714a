import { emptyChain, verifyChain, type ChainHead, type ChainProblem } from '../../core/audit/chain.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import { createAuditHeadFile } from './audit-head.ts'
import { sha256 } from './sha256.ts'

/**
 * What `audit verify` found. `number` is the first bad entry.
 * - the chain's own problems: see `ChainProblem`;
 * - `tail_missing`: the head file knows `entries` beyond the last stored one: the tail was cut off, or an older copy was put back;
 * - `head_differs`: the chain is consistent in itself, but at `number` it is not the chain whose head was noted: it was rewritten;
 * - `head_missing`: there are entries and no readable head file, so a cut tail could not be seen.
 */
export type AuditReport =
  | { readonly ok: true; readonly entries: number; readonly head: ChainHead }
  | {
      readonly ok: false
      readonly number: number
      readonly problem: ChainProblem | 'tail_missing' | 'head_differs' | 'head_missing'
    }

/** Entries held in memory at once. */
const pageSize = 1_000

/**
 * Checks the whole audit log, page by page, and compares its end with `audit-head.json` beside the control store. Open the store
 * with `inspect: true`, or it refuses to open for exactly the faults that are looked for here.
 *
 * Found: every edit, deletion, insertion and reordering; a cut tail; a chain recomputed behind an edit. Not found: a forgery by
 * somebody who recomputes the chain and also rewrites the head file, and what was cut together with a head of the same age (both
 * files restored from one older copy). Keep the head that a run of this check reports in a place of its own to see those too.
 */
export async function verifyAudit(store: ControlStore, controlStorePath: string): Promise<AuditReport> {
  const noted = createAuditHeadFile(controlStorePath).read()
  let head = emptyChain
  let isNoted = noted?.number === 0
  for (;;) {
    const page = await store.auditEntries({ from: head.number + 1, limit: pageSize })
    const report = verifyChain(page, sha256, head)
    if (!report.ok) return { ok: false, number: report.number, problem: report.problem }
    isNoted ||= page.some(({ number, hash }) => number === noted?.number && hash === noted.hash)
    head = report.head
    if (page.length < pageSize) break
  }
  if (!noted)
    return head.number === 0 ? intact(head) : { ok: false, number: head.number, problem: 'head_missing' }
  if (noted.number > head.number) return { ok: false, number: head.number + 1, problem: 'tail_missing' }
  return isNoted ? intact(head) : { ok: false, number: noted.number, problem: 'head_differs' }
}

function intact(head: ChainHead): AuditReport {
  return { ok: true, entries: head.number, head }
}

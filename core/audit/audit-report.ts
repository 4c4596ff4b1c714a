import type { ChainHead, ChainProblem } from './chain.ts'

/**
 * What `audit verify` found. `number` is the first bad entry.
 * - the chain's own problems: see `ChainProblem`;
 * - `tail_missing`: the head file or a checkpoint knows entries beyond the last stored one: the tail was cut off, or an older copy was
 *   put back;
 * - `head_differs`: the chain is consistent in itself, but at `number` it is not the chain whose head was noted or signed: it was
 *   rewritten;
 * - `head_missing`: there are entries and no readable head file, so a cut tail could not be seen;
 * - `checkpoint_forged`: a checkpoint was not signed with the hub's key.
 */
export type AuditReport =
  | { readonly ok: true; readonly entries: number; readonly head: ChainHead; readonly checkpoints: number }
  | {
      readonly ok: false
      readonly number: number
      readonly problem: ChainProblem | 'tail_missing' | 'head_differs' | 'head_missing' | 'checkpoint_forged'
    }

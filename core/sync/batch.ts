/**
 * A batch of a delivery run: the records of one hand-over to the destination. Its intent is durable before the first byte is
 * sent; a batch found `sending` after a restart is ambiguous and is settled before anything else is sent.
 */
const batchStates = ['planned', 'sending', 'confirmed', 'ambiguous', 'superseded'] as const
export type BatchState = (typeof batchStates)[number]

export interface Batch {
  readonly runId: string
  readonly index: number
  readonly operation: 'add' | 'remove'
  readonly size: number
  /** Digest of the rows in order: a resumed run rebuilds the same batch, byte for byte. */
  readonly digest: string
  readonly state: BatchState
  readonly attempts: number
}

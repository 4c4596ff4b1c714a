import { availableParallelism } from 'node:os'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { DuckDb } from '../duckdb.ts'
import { readBlock, type ChangedBlock } from './changed-blocks.ts'
import type { NormalisedBlock } from './normalise-block.ts'
import { createInlinePool, createWorkerPool, type NormalisePool } from './normalise-pool.ts'
import { createBlockStager } from './stage-block.ts'
import type { StreamPlan } from './stream-plan.ts'

export interface StageOptions {
  readonly onProgress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

/** The changed records of some streams, and how many threads normalise them. */
interface ChangedRecords {
  readonly duckdb: DuckDb
  readonly plans: readonly StreamPlan[]
  readonly blocks: readonly ChangedBlock[]
  /** Default: one for each core. */
  readonly workers: number | undefined
  /** What is staged already. */
  readonly ahead: Staged
}

/** What normalising gave, beside the staged rows. */
export interface Staged {
  readonly normalised: number
  /** Unusable values, by "stream field code". */
  readonly invalid: Readonly<Record<string, number>>
}

/** Up to this many records (about 200 ms of work) are normalised on the spot; starting threads costs as much, and more on busy cores. */
const inlineRecords = 4000

/** Blocks in the hands of the threads or on their way: enough that none waits while another block is staged, few enough for memory. */
const blocksAhead = (workers: number): number => 2 * workers

/** Reads, normalises and stages all blocks. Throws `run.aborted` between two blocks when the signal says so. */
export async function stageChanged(changed: ChangedRecords, options: StageOptions): Promise<Staged> {
  const { duckdb, plans, blocks, ahead, workers = availableParallelism() } = changed
  const total = blocks.reduce((sum, block) => sum + block.records, ahead.normalised)
  const pool =
    total - ahead.normalised <= inlineRecords ? createInlinePool(plans) : createWorkerPool(plans, workers)
  const stagers = plans.map((plan) => createBlockStager(duckdb, plan))
  const invalid: Record<string, number> = { ...ahead.invalid }
  let { normalised } = ahead
  if (normalised > 0) options.onProgress?.(normalised, total)
  try {
    refuseAborted(options.signal)
    for await (const { plan, block } of normaliseAhead(changed, pool, blocksAhead(workers))) {
      refuseAborted(options.signal)
      await stagers[plan]?.(block)
      normalised += block.count
      countInvalid(invalid, plans[plan]?.stream ?? '', block)
      options.onProgress?.(normalised, total)
    }
  } finally {
    await pool.close()
  }
  return { normalised, invalid }
}

function refuseAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AffluentError('run.aborted', { act: 'normalising source records' })
}

/** Hands blocks to the pool a few ahead of the one that is yielded, in order. */
async function* normaliseAhead(
  { duckdb, plans, blocks }: ChangedRecords,
  pool: NormalisePool,
  ahead: number,
): AsyncGenerator<{ plan: number; block: NormalisedBlock }> {
  const underWay: { plan: number; result: Promise<NormalisedBlock> }[] = []
  for (const changed of blocks) {
    const plan = plans[changed.plan]
    if (!plan) continue
    const result = pool.normalise(changed.plan, await readBlock(duckdb, plan, changed))
    // A block that fails while an earlier one is awaited is reported when its turn comes.
    result.catch(() => undefined)
    underWay.push({ plan: changed.plan, result })
    const due = underWay.length > ahead ? underWay.shift() : undefined
    if (due) yield { plan: due.plan, block: await due.result }
  }
  for (const due of underWay) yield { plan: due.plan, block: await due.result }
}

/** Adds the unusable values of a block of `stream`. */
export function countInvalid(invalid: Record<string, number>, stream: string, block: NormalisedBlock): void {
  for (const [fieldAndCode, count] of Object.entries(block.invalid)) {
    const key = `${stream} ${fieldAndCode}`
    invalid[key] = (invalid[key] ?? 0) + count
  }
}

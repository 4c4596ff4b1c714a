import type { StreamRef } from '../../../core/port/profile-store.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import type { DuckDb } from '../duckdb.ts'
import { countChanged } from './changed-blocks.ts'
import { createWorkerPool } from './normalise-pool.ts'
import { createBlockStager, createStagingTables } from './stage-block.ts'
import { countInvalid, type Staged } from './stage-changed.ts'
import type { StreamPlan } from './stream-plan.ts'

/** A page whose records were all new. Record ids and change ids count up from the first, in the order of `rows`. */
export interface FreshPage {
  readonly stream: StreamRef
  /** For `NormaliseBlock`. */
  readonly rows: string
  readonly count: number
  readonly firstRecord: bigint
  readonly firstChange: bigint
}

/** What was staged ahead of a refresh, and of which plans it is all that the refresh has to normalise. */
export interface StagedAhead extends Staged {
  readonly whole: ReadonlySet<number>
}

/**
 * Normalises and stages new records while further pages are read, so that a first load does not parse its raw records twice nor
 * leave the other cores idle. It is never relied on: `settle` checks against the tables that what was staged is all of what changed
 * and still stands, and otherwise the refresh does the work itself.
 */
export interface StageAhead {
  /** Resolves when there is room for another page, not when this one is done. */
  add(page: FreshPage): Promise<void>
  /**
   * Waits for what is under way. Undefined: nothing of it can be used by a refresh with these plans. The stage must not be used
   * afterwards.
   */
  settle(plans: readonly StreamPlan[]): Promise<StagedAhead | undefined>
}

interface StagedRange {
  readonly plan: number
  readonly first: bigint
  last: bigint
}

/** Pages that may wait for the threads: enough that none is idle while a page is read, few enough for memory. */
const maxUnderWay = 2

interface AheadOptions {
  readonly duckdb: DuckDb
  readonly schema: ProfileSchema
  readonly plans: readonly StreamPlan[]
  readonly workers: number
}

/** Creates the staging tables anew, and threads that live until `settle`. */
export function createStageAhead({ duckdb, schema, plans, workers }: AheadOptions): StageAhead {
  const pool = createWorkerPool(plans, workers)
  const stagers = plans.map((plan) => createBlockStager(duckdb, plan))
  const ready = createStagingTables(duckdb, schema, plans)
  const ranges: StagedRange[] = []
  const underWay: Promise<void>[] = []
  const invalid: Record<string, number> = {}
  let failed = false
  const stage = async (plan: number, { rows, firstRecord }: FreshPage): Promise<void> => {
    try {
      await ready
      const block = await pool.normalise(plan, rows, Number(firstRecord))
      await stagers[plan]?.(block)
      countInvalid(invalid, plans[plan]?.stream ?? '', block)
    } catch {
      // The refresh normalises the same records again and reports what is wrong with them.
      failed = true
    }
  }
  return {
    async add(page) {
      const plan = plans.findIndex((one) => isSameStream(one, page.stream))
      if (plan < 0) return
      noteRange(ranges, plan, page)
      underWay.push(stage(plan, page))
      while (underWay.length > maxUnderWay) await underWay.shift()
    },
    async settle(refreshed) {
      try {
        await Promise.all(underWay)
      } finally {
        await pool.close()
      }
      if (failed || !arePlansOf(plans, refreshed)) return undefined
      const whole = new Set(ranges.map(({ plan }) => plan))
      for (const [index, plan] of plans.entries()) {
        const own = ranges.filter((range) => range.plan === index)
        if (own.length > 0 && !(await standsWhole(duckdb, plan, own))) return undefined
      }
      const normalised = ranges.reduce((sum, { first, last }) => sum + Number(last - first) + 1, 0)
      return { normalised, invalid, whole }
    },
  }
}

const isSameStream = (one: StreamRef, other: StreamRef): boolean =>
  one.connection === other.connection && one.stream === other.stream

const arePlansOf = (staged: readonly StreamPlan[], refreshed: readonly StreamPlan[]): boolean =>
  staged.length === refreshed.length &&
  staged.every((plan, index) => {
    const other = refreshed[index]
    return other !== undefined && isSameStream(plan, other) && plan.digest === other.digest
  })

function noteRange(ranges: StagedRange[], plan: number, { firstChange, count }: FreshPage): void {
  const last = firstChange + BigInt(count) - 1n
  const open = ranges.at(-1)
  if (open?.plan === plan && open.last + 1n === firstChange) open.last = last
  else ranges.push({ plan, first: firstChange, last })
}

/** True when the staged records of a plan are all that changed, and none of them changed once more since. */
async function standsWhole(
  duckdb: DuckDb,
  plan: StreamPlan,
  ranges: readonly StagedRange[],
): Promise<boolean> {
  let changed = await countChanged(duckdb, plan)
  for (const { first, last } of ranges) {
    const row = await duckdb.one<{ standing: bigint }>(
      `SELECT count(*) AS standing FROM source_record WHERE change_id BETWEEN $1 AND $2`,
      [first, last],
    )
    if (row?.standing !== last - first + 1n) return false
    changed -= Number(row.standing)
  }
  return changed === 0
}

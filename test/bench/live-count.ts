/**
 * The count while somebody edits a rule: how soon the first estimate is there, how far it is from the truth, and how soon the exact
 * number is. `cancelMs`: how soon a newer draft is answered while the exact count of an older one is under way.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SegmentInsight, SegmentQuestion } from '../../core/port/segment-insight.ts'
import type { Rule } from '../../core/segment/rule.ts'
import { openDuckDb } from '../../hub-server/warehouse/duckdb.ts'
import { createSegmentInsight } from '../../hub-server/warehouse/segment-insight.ts'
import { createSegmentStore } from '../../hub-server/warehouse/segment-store.ts'
import { prepareTables } from '../../hub-server/warehouse/tables.ts'
import { benchAsOf, benchSchema, singleQuestions } from './segment-questions.ts'
import { fillTables } from './segments.ts'

const rounds = 5

/** Runs on `size` profiles and five times as many events. */
export async function bench({ size }: { size: number }): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(join(tmpdir(), 'affluent-bench-'))
  const duckdb = await openDuckDb({ path: join(folder, 'warehouse.duckdb') })
  try {
    await prepareTables(duckdb, benchSchema)
    await fillTables(duckdb, size)
    const segments = createSegmentStore(duckdb, benchSchema)
    const insight = createSegmentInsight({ duckdb, schema: benchSchema, segments })
    const rules: Record<string, unknown> = {}
    for (const [name, { rule }] of Object.entries(singleQuestions)) {
      await measure(insight, rule)
      const measured: Measured[] = []
      for (let round = 0; round < rounds; round += 1) measured.push(await measure(insight, rule))
      rules[name] = {
        ...measured[0],
        estimateMs: median(measured.map(({ estimateMs }) => estimateMs)),
        exactMs: median(measured.map(({ exactMs }) => exactMs)),
        previewMs: await time(() => insight.preview(ask(rule))),
      }
    }
    return { profiles: size, events: size * 5, rules, cancelMs: await measureCancel(insight) }
  } finally {
    duckdb.close()
    await rm(folder, { recursive: true })
  }
}

const ask = (rule: Rule): SegmentQuestion => ({
  segment: 'draft',
  segments: new Map([['draft', rule]]),
  asOf: benchAsOf,
})

interface Measured {
  readonly members: number
  /** From the question to the first number. Where everybody is counted at once, that is the exact one. */
  readonly estimateMs: number
  readonly exactMs: number
  /** The number that was said first, its distance from the truth and half the width of its interval, in percent of all people. */
  readonly estimated: number
  readonly errorPercent: number
  readonly statedPercent: number
  readonly isWithin: boolean
}

async function measure(insight: SegmentInsight, rule: Rule): Promise<Measured> {
  const startedAt = performance.now()
  let first:
    | { readonly ms: number; readonly members: number; readonly low: number; readonly high: number }
    | undefined
  for await (const count of insight.count(ask(rule))) {
    const ms = performance.now() - startedAt
    if (count.kind === 'estimate') {
      first = { ms, members: count.members, low: count.low, high: count.high }
      continue
    }
    const { members, profiles } = count
    const said = first ?? { ms, members, low: members, high: members }
    const toPercent = (people: number): number => Math.round((people / profiles) * 100_000) / 1000
    return {
      members,
      estimateMs: round(said.ms),
      exactMs: round(ms),
      estimated: said.members,
      errorPercent: toPercent(Math.abs(said.members - members)),
      statedPercent: toPercent((said.high - said.low) / 2),
      isWithin: said.low <= members && members <= said.high,
    }
  }
  throw new Error('nothing was counted')
}

/** The older question is in its exact count when the newer one comes. */
async function measureCancel(insight: SegmentInsight): Promise<number> {
  const rule = singleQuestions['spent_and_not_opened']?.rule ?? { all: [] }
  const older = insight.count(ask(rule), 'bench')[Symbol.asyncIterator]()
  await older.next()
  const ended = older.next().then(
    () => 'answered',
    () => 'ended',
  )
  const ms = await time(() => insight.count(ask(rule), 'bench')[Symbol.asyncIterator]().next())
  if ((await ended) !== 'ended') throw new Error('the older question was not ended')
  return ms
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return round(performance.now() - startedAt)
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

const round = (ms: number): number => Math.round(ms * 10) / 10

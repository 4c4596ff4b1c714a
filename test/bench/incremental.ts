/**
 * Five thousand changed profiles against fifty rules: an evaluation of those touched, from the look for whom to evaluate to the written
 * memberships and the next instants of change, against handwritten SQL over just those profiles: their rows and events copied once, fifty
 * queries over the copies, and the same writing. The evaluations follow each other as they do in a hub that serves, and which was started
 * on what lies there: the engine passes over rows more quickly once the file was opened again after they were written. Both sides must leave
 * the same members. Run it with 5 and 50 events of each of 1,000,000 people to see how it grows with the events, and at 10,000,000 people to
 * see how it grows with both; `--order` tells whether the events were pulled, or each came live, or came live and lie in a file that the hub rewrote. Processor time is told beside the clock's: it
 * does not grow when other programs want the machine too.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Rule } from '../../core/segment/rule.ts'
import { openDuckDb, type DuckDb } from '../../hub-server/warehouse/duckdb.ts'
import { compactWarehouse } from '../../hub-server/warehouse/erasure/compact-warehouse.ts'
import { createSegmentStore } from '../../hub-server/warehouse/segment-store.ts'
import { noteTouched } from '../../hub-server/warehouse/segment/note-touched.ts'
import { prepareTables } from '../../hub-server/warehouse/tables.ts'
import { benchAsOf, benchSchema, fiftyQuestions } from './segment-questions.ts'
import { fillTables, type eventOrders, type FillOptions } from './segments.ts'

const changed = 5000
const rounds = 7
/** Each person is known from three records. */
const idStep = 3
const segments = new Map<string, Rule>(fiftyQuestions.map(({ rule }, index) => [`segment-${index}`, rule]))

interface IncrementalOptions extends Required<Pick<FillOptions, 'eventsEach'>> {
  readonly size: number
  /** "rewritten": each event came live, and the hub rewrote its file, as it does by itself from ten million on. */
  readonly order: keyof typeof eventOrders | 'rewritten'
}

/** Runs on `size` profiles with so many events each. */
export async function bench({
  size,
  eventsEach,
  order,
}: IncrementalOptions): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(join(tmpdir(), 'affluent-bench-'))
  const path = join(folder, 'warehouse.duckdb')
  const duckdb = await openDuckDb({ path, memoryLimitMb: 4000 })
  try {
    await prepareTables(duckdb, benchSchema)
    await fillTables(duckdb, size, { eventsEach, order: order === 'pulled' ? order : 'live', idStep })
    const store = createSegmentStore(duckdb, benchSchema)
    const startedAt = performance.now()
    await store.evaluateTouched(segments, benchAsOf)
    const everybodyMs = performance.now() - startedAt
    await duckdb.run(`CREATE TABLE handwritten AS FROM membership`)
    await duckdb.checkpoint()
    if (order === 'rewritten') await compactWarehouse(duckdb, { path })
    else await duckdb.whileClosed(() => Promise.resolve())
    const figures = await compare(duckdb, size)
    return {
      profiles: size,
      events: size * eventsEach,
      order,
      changed,
      everybodyMs: Math.round(everybodyMs),
      ...figures,
    }
  } finally {
    duckdb.close()
    await rm(folder, { recursive: true })
  }
}

async function compare(duckdb: DuckDb, size: number): Promise<Record<string, unknown>> {
  const store = createSegmentStore(duckdb, benchSchema)
  const times = { product: new Array<number>(), handwritten: new Array<number>() }
  const processor = { product: new Array<number>(), handwritten: new Array<number>() }
  let moves = 0
  for (let round = 0; round <= rounds; round += 1) {
    const asOf = benchAsOf + round + 1
    await changeProfiles(duckdb, size, round)
    const timed = async (side: keyof typeof times, work: () => Promise<void>): Promise<void> => {
      const startedAt = performance.now()
      const usedBefore = process.cpuUsage()
      await work()
      const used = process.cpuUsage(usedBefore)
      // The first round warms caches up and is not counted.
      if (round === 0) return
      times[side].push(performance.now() - startedAt)
      processor[side].push((used.user + used.system) / 1000)
    }
    const sides = [
      () =>
        timed('product', async () => {
          const { reports, scope } = await store.evaluateTouched(segments, asOf, { isLive: true })
          if (scope !== 'touched') throw new Error('everybody was evaluated')
          moves = reports.reduce((sum, { entered, exited }) => sum + entered + exited, 0)
        }),
      () => timed('handwritten', () => evaluateByHand(duckdb, asOf)),
    ]
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) await side()
    await assertSame(duckdb)
  }
  const [productMs, handwrittenMs] = [median(times.product), median(times.handwritten)]
  return {
    touchedMs: Math.round(productMs),
    handwrittenMs: Math.round(handwrittenMs),
    ratio: Math.round((productMs / handwrittenMs) * 1000) / 1000,
    touchedProcessorMs: Math.round(median(processor.product)),
    handwrittenProcessorMs: Math.round(median(processor.handwritten)),
    lastMoves: moves,
  }
}

/** One new event for each of five thousand people, spread over all, and half of them get another country. */
async function changeProfiles(duckdb: DuckDb, size: number, round: number): Promise<void> {
  await duckdb.run(
    `CREATE OR REPLACE TABLE changed AS SELECT DISTINCT ${idStep} * (1 + (hash(i * 101 + ${round}) % ${size})::BIGINT) AS profile_id FROM range(${changed}) t(i)`,
  )
  await duckdb.run(
    `INSERT INTO event (message_id, record_id, profile_id, name, time, received_at, property_amount)
     SELECT 'late-${round}-' || profile_id, profile_id, profile_id, 'purchase', TIMESTAMP '2026-05-20', TIMESTAMP '2026-06-01', 75 FROM changed`,
  )
  await duckdb.run(
    `UPDATE profile SET trait_country = 'FR' FROM changed c WHERE c.profile_id = profile.profile_id AND c.profile_id % 2 = 0`,
  )
  await noteTouched(duckdb, 'SELECT profile_id FROM changed')
}

async function evaluateByHand(duckdb: DuckDb, asOf: number): Promise<void> {
  const at = `epoch_ms(${asOf})`
  await duckdb.transaction(async () => {
    await duckdb.run(
      `CREATE OR REPLACE TEMP TABLE some_profile AS
       SELECT p.profile_id, trait_country, trait_age, trait_vip, trait_signup, consent_ads__email FROM profile p JOIN changed USING (profile_id)`,
    )
    await duckdb.run(
      `CREATE OR REPLACE TEMP TABLE some_event AS
       SELECT e.profile_id, name, time, property_amount FROM event e JOIN changed USING (profile_id)`,
    )
    await duckdb.run(`CREATE OR REPLACE TEMP TABLE some_member (segment VARCHAR, profile_id BIGINT)`)
    for (const [index, { sql }] of fiftyQuestions.entries())
      await duckdb.run(
        `INSERT INTO some_member SELECT 'segment-${index}', p.profile_id FROM some_profile p
         WHERE ${sql.replaceAll('FROM event', 'FROM some_event')}`,
      )
    await duckdb.run(
      `CREATE OR REPLACE TEMP TABLE some_before AS
       SELECT h.segment, h.profile_id FROM handwritten h JOIN changed USING (profile_id) WHERE exited_at IS NULL`,
    )
    await duckdb.run(
      `UPDATE handwritten SET exited_at = ${at} FROM (FROM some_before EXCEPT FROM some_member) gone
       WHERE gone.segment = handwritten.segment AND gone.profile_id = handwritten.profile_id AND exited_at IS NULL`,
    )
    await duckdb.run(
      `INSERT INTO handwritten (segment, profile_id, entered_at)
       SELECT segment, profile_id, ${at} FROM (FROM some_member EXCEPT FROM some_before)`,
    )
  })
}

const present = (table: string): string => `SELECT segment, profile_id FROM ${table} WHERE exited_at IS NULL`

async function assertSame(duckdb: DuckDb): Promise<void> {
  const row = await duckdb.one<{ n: bigint }>(
    `SELECT count(*) AS n FROM ((${present('every_membership')} EXCEPT ${present('handwritten')})
       UNION ALL (${present('handwritten')} EXCEPT ${present('every_membership')}))`,
  )
  if (row?.n !== 0n) throw new Error(`the two sides differ in ${row?.n} members`)
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN
}

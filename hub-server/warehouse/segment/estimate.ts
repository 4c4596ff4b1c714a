import type { LiveCount, SegmentQuestion } from '../../../core/port/segment-insight.ts'
import { compileBatch } from '../../../core/segment/compile-batch.ts'
import { estimateMembers } from '../../../core/segment/estimate-members.ts'
import { orderSegments, segmentClosure } from '../../../core/segment/segment-order.ts'
import type { CompileContext } from '../../../core/segment/to-formula.ts'
import type { DuckDb, DuckDbSession } from '../duckdb.ts'
import { restrictedProfiles } from '../erasure/restriction.ts'
import { countMembers } from './count-members.ts'
import { countPeople, fillAskedTables } from './count-nodes.ts'
import { preparePeople } from './preview-people.ts'

/**
 * Fewest people that an estimate looks at: with so many, the interval is 1 % of all people wide at most. On 1,000,000 people they are
 * one in sixteen, and what is left to do is finding their events among all.
 */
const fewestSampled = 40_000

/** A share of one in two would take half as long as counting everybody. */
const smallestShare = 4

/** How the share is chosen; tests of small worlds take a smaller one. */
export interface ShareOptions {
  readonly fewestSampled: number
  readonly smallestShare: number
}

export const shareOptions: ShareOptions = { fewestSampled, smallestShare }

/** One number of a live count; nothing where everybody is counted at once instead. */
export type CountStep = (signal: AbortSignal) => Promise<LiveCount | undefined>

/** Counts the members of a stable share of all people, if there are enough of them, and then all members. */
export function countSteps(
  duckdb: DuckDb,
  question: SegmentQuestion,
  asked: { readonly context: CompileContext; readonly share: ShareOptions },
): readonly CountStep[] {
  return [
    (signal) => estimate(duckdb, question, { ...asked, signal }),
    (signal) =>
      duckdb.aside(async (session) => {
        const { members, people } = await countOnce(session, question, { ...asked, oneIn: 1 })
        return { kind: 'exact', members, profiles: people }
      }, signal),
  ]
}

async function estimate(
  duckdb: DuckDb,
  question: SegmentQuestion,
  {
    context,
    share,
    signal,
  }: { readonly context: CompileContext; readonly share: ShareOptions; readonly signal: AbortSignal },
): Promise<LiveCount | undefined> {
  const counted = await duckdb.read<{ people: bigint }>(`SELECT count(*) AS people FROM profile`)
  const oneIn = shareOf(Number(counted[0]?.people ?? 0n), share)
  if (oneIn === 1) return undefined
  return duckdb.aside(async (session) => {
    const row = await session.one<{ people: bigint }>(
      `SELECT count(*) AS people FROM profile WHERE profile_id NOT IN (${restrictedProfiles})`,
    )
    const profiles = Number(row?.people ?? 0n)
    const { members, people } = await countOnce(session, question, { context, oneIn })
    return { kind: 'estimate', sampled: people, profiles, ...estimateMembers(members, people, profiles) }
  }, signal)
}

/** The largest power of two that leaves enough people; 1 where that saves too little. */
function shareOf(people: number, { fewestSampled: fewest, smallestShare: smallest }: ShareOptions): number {
  const oneIn = 2 ** Math.floor(Math.log2(Math.max(1, people / fewest)))
  return oneIn < smallest ? 1 : oneIn
}

async function countOnce(
  session: DuckDbSession,
  { segment, segments }: SegmentQuestion,
  { context, oneIn }: { readonly context: CompileContext; readonly oneIn: number },
): Promise<{ readonly members: number; readonly people: number }> {
  const needed = segmentClosure(segment, segments)
  const prepared = await preparePeople(session, [...needed.values()], { context, oneIn })
  const plan = compileBatch(needed, orderSegments(needed), prepared)
  const tables = await fillAskedTables(session, plan)
  const members = await countMembers(session, tables)
  return { members: members.get(segment) ?? 0, people: await countPeople(session, tables) }
}

import type { NodeCount } from '../../../core/port/segment-insight.ts'
import type { BatchPlan } from '../../../core/segment/compile-batch.ts'
import { compileNodes, type CompiledNode, type NodesPlan } from '../../../core/segment/compile-nodes.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import { bitsPerWord } from '../../../core/segment/seat.ts'
import type { CompileContext } from '../../../core/segment/to-formula.ts'
import type { Sql } from '../../../core/sql/sql.ts'
import type { DuckDbSession } from '../duckdb.ts'
import { restrictedProfiles } from '../erasure/restriction.ts'
import { toDuckDb } from './bound-values.ts'

/** Temporary tables of one question, in a session of its own: one row a person, and one row for all people of equal bits. */
export interface AskedTables {
  readonly plan: BatchPlan
  readonly bits: string
  readonly patterns: string
}

/** Carries a plan out in a session whose end drops the tables. People whose data is restricted are in nothing. */
export async function fillAskedTables(session: DuckDbSession, plan: BatchPlan): Promise<AskedTables> {
  const make = async (name: string, select: Sql): Promise<string> => {
    const { text, params } = toDuckDb(select)
    await session.run(`CREATE TEMP TABLE ${name} AS ${text}`, params)
    return name
  }
  const facts = plan.facts && (await make('asked_facts', plan.facts))
  const bits = await make('asked_bits', plan.bits(facts))
  await session.run(`DELETE FROM ${bits} WHERE profile_id IN (${restrictedProfiles})`)
  let patterns = await make('asked_patterns', plan.patterns(bits))
  for (const [index, level] of plan.levels.entries())
    patterns = await make(`asked_level_${index}`, level(patterns))
  return { plan, bits, patterns }
}

/** A rule counted node by node. */
export interface CountedRule {
  readonly tables: AskedTables
  readonly nodes: NodesPlan['nodes']
  readonly rule: NodeCount
  readonly profiles: number
}

/** Counts all nodes of a segment's rule in one statement over the patterns of its leaves. */
export async function countNodes(
  session: DuckDbSession,
  { segment, segments }: { readonly segment: string; readonly segments: ReadonlyMap<string, Rule> },
  context: CompileContext,
): Promise<CountedRule> {
  const { plan, nodes } = compileNodes(segment, segments, context)
  const tables = await fillAskedTables(session, plan)
  const counts = await countSeats(session, tables)
  const profiles = await countPeople(session, tables)
  return { tables, nodes, profiles, rule: toTree(nodes, counts, profiles) }
}

/** People in each seat. A rule may have a thousand: they are counted column by column, a value of a column at once. */
async function countSeats(
  session: DuckDbSession,
  { plan, patterns }: AskedTables,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  for (const column of plan.seatColumns) {
    const rows = await session.all<{ place: bigint; people: bigint }>(
      `SELECT r.place, sum(p.people)::BIGINT AS people
       FROM (SELECT ${column} AS bits, sum(people) AS people FROM ${patterns} GROUP BY ${column}) AS p,
         range(${bitsPerWord}) AS r(place)
       WHERE (p.bits >> r.place::INTEGER) & 1 = 1 GROUP BY r.place`,
    )
    const people = new Map(rows.map((row) => [1n << row.place, Number(row.people)]))
    for (const [name, seat] of plan.seats)
      if (seat.column === column) counts.set(name, people.get(seat.bit) ?? 0)
  }
  return counts
}

/** Everybody of an evaluation. */
export async function countPeople(
  session: DuckDbSession,
  { patterns }: Pick<AskedTables, 'patterns'>,
): Promise<number> {
  const row = await session.one<{ people: bigint }>(
    `SELECT COALESCE(sum(people), 0)::BIGINT AS people FROM ${patterns}`,
  )
  return Number(row?.people ?? 0n)
}

/** From the last node to the first, so that a node's children are ready when it is met. */
function toTree(
  nodes: readonly CompiledNode[],
  counts: ReadonlyMap<string, number>,
  profiles: number,
): NodeCount {
  const below = nodes.map((): NodeCount[] => [])
  for (const [index, node] of [...nodes.entries()].toReversed()) {
    const whereTrue = counts.get(node.isTrue) ?? 0
    const whereFalse = counts.get(node.isFalse) ?? 0
    const counted: NodeCount = {
      path: pathText(node.path),
      rule: node.rule,
      whereTrue,
      whereFalse,
      whereUnknown: profiles - whereTrue - whereFalse,
      children: (below[index] ?? []).toReversed(),
    }
    if (node.parent === undefined) return counted
    below[node.parent]?.push(counted)
  }
  return { path: '', rule: { any: [] }, whereTrue: 0, whereFalse: profiles, whereUnknown: 0, children: [] }
}

function pathText(path: CompiledNode['path']): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    return text === '' ? part : `${text}.${part}`
  }, '')
}

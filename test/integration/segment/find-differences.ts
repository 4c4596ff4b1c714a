import type { Rule } from '../../../core/segment/rule.ts'
import type { Members } from './members.ts'
import type { RuleEngine } from './rule-engine.ts'

/** A segment whose members an engine and the reference evaluator tell differently. */
export interface Difference {
  readonly way: 'together' | 'alone'
  readonly segment: string
  readonly rule: Rule
  /** Profile ids that only the engine told. */
  readonly extra: readonly number[]
  /** Profile ids that only the reference evaluator told. */
  readonly lacking: readonly number[]
}

/** Lets an engine evaluate segments together and one by one over the people it holds. */
export async function findDifferences(
  engine: RuleEngine,
  segments: ReadonlyMap<string, Rule>,
  expected: Members,
): Promise<Difference[]> {
  const found: Difference[] = []
  for (const way of ['together', 'alone'] as const) {
    const told = await engine[way](segments)
    for (const [segment, rule] of segments) {
      const lists = { told: told[segment] ?? [], expected: expected[segment] ?? [] }
      const extra = without(lists.told, lists.expected)
      const lacking = without(lists.expected, lists.told)
      // Somebody told twice is a difference, too.
      if (lists.told.length !== lists.expected.length || extra.length + lacking.length > 0)
        found.push({ way, segment, rule, extra, lacking })
    }
  }
  return found
}

function without(ids: readonly number[], others: readonly number[]): number[] {
  const known = new Set(others)
  return ids.filter((id) => !known.has(id))
}

import type { Rule } from '../../../core/segment/rule.ts'
import type { Members } from './members.ts'
import type { RuleEngine } from './rule-engine.ts'

/** A segment whose members an engine and the reference evaluator tell differently. */
export interface Difference {
  readonly way: 'together' | 'alone' | 'changed'
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
  return [
    ...compareMembers('together', segments, { told: await engine.together(segments), expected }),
    ...compareMembers('alone', segments, { told: await engine.alone(segments), expected }),
  ]
}

/** What an engine told otherwise than the reference evaluator. */
export function compareMembers(
  way: Difference['way'],
  segments: ReadonlyMap<string, Rule>,
  members: { readonly told: Members; readonly expected: Members },
): Difference[] {
  return [...segments].flatMap(([segment, rule]) => {
    const told = members.told[segment] ?? []
    const expected = members.expected[segment] ?? []
    const extra = without(told, expected)
    const lacking = without(expected, told)
    // Somebody told twice is a difference, too.
    const isSame = told.length === expected.length && extra.length + lacking.length === 0
    return isSame ? [] : [{ way, segment, rule, extra, lacking }]
  })
}

function without(ids: readonly number[], others: readonly number[]): number[] {
  const known = new Set(others)
  return ids.filter((id) => !known.has(id))
}

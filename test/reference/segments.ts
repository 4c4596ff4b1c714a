import { evaluateRule } from '../../core/segment/evaluate-rule.ts'
import type { Person, Truth } from '../../core/segment/person.ts'
import type { Rule } from '../../core/segment/rule.ts'
import { allTrue, anyTrue } from '../../core/segment/truth.ts'
import { createSegmentStore } from '../../hub-server/warehouse/segment-store.ts'
import { readReferencePeople } from '../integration/segment/read-reference-people.ts'
import {
  laterRule,
  referenceRules,
  referenceSchema as schema,
} from '../integration/segment/reference-rules.ts'
import { openWarehouse, storePeople } from '../integration/segment/store-people.ts'
import { rankedPeople } from '../support/ranked-people.ts'
import { answerEach, Unanswered, type AnswerArea, type ReferenceCase } from './reference-area.ts'

/** Segments: members of rules over 300 contacts, and three-valued logic. Both evaluators must say the same, else the case is "unequal". */
export const answerSegments: AnswerArea = async (cases, folder) => {
  const asOf = Date.parse(String(cases.find(({ input }) => input['now'])?.input['now']))
  const people = rankedPeople(readReferencePeople(folder), referenceRules.values(), { schema, asOf })
  const stored = await storedMembers(people, asOf)
  return answerEach(cases, ({ id, input }) => {
    if (input['fn'] === 'logic3') return answerLogic(input)
    if (id === laterRule.id) return answerLater(people)
    const rule = referenceRules.get(id)
    if (!rule) return new Unanswered('the rule language has no words for it')
    const ids = evaluatedMembers(rule, people, asOf)
    const same = JSON.stringify(ids) === JSON.stringify(stored.get(id) ?? [])
    return same ? { count: ids.length, ids } : 'unequal'
  })
}

/** Events after the reference's moment count for nobody, until they have happened. */
function answerLater(people: readonly Person[]): unknown {
  const ids = evaluatedMembers(laterRule.rule, people, laterRule.asOf)
  return { count: ids.length, ids }
}

async function storedMembers(people: readonly Person[], asOf: number): Promise<Map<string, number[]>> {
  const duckdb = await openWarehouse(schema)
  try {
    await storePeople(duckdb, schema, [...people])
    await createSegmentStore(duckdb, schema).evaluate(referenceRules, asOf)
    const rows = await duckdb.all<{ segment: string; id: number }>(
      `SELECT segment, profile_id::INTEGER AS id FROM membership WHERE exited_at IS NULL ORDER BY id`,
    )
    const bySegment = Map.groupBy(rows, ({ segment }) => segment)
    return new Map([...bySegment].map(([segment, members]) => [segment, members.map(({ id }) => id)]))
  } finally {
    duckdb.close()
  }
}

/** One of the questions refers to the segment of another. */
const referredTo = 'no-open-30d'

function evaluatedMembers(rule: Rule, people: readonly Person[], asOf: number): number[] {
  const other = referenceRules.get(referredTo) ?? { any: [] }
  return people.flatMap((person, index) => {
    const isMember = evaluateRule(other, person, { schema, asOf }) === true
    const segments = new Set(isMember ? [referredTo] : [])
    return evaluateRule(rule, { ...person, segments }, { schema, asOf }) === true ? [index + 1] : []
  })
}

function answerLogic(input: ReferenceCase['input']): unknown {
  const truths = [truthOf(input['a']), truthOf(input['b'])]
  const truth = input['op'] === 'and' ? allTrue(truths) : anyTrue(truths)
  return { value: truth === null ? null : Number(truth) }
}

const truthOf = (value: unknown): Truth => (typeof value === 'number' ? value === 1 : null)

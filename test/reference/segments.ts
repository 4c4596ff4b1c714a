import type { Person, Truth } from '../../core/segment/person.ts'
import type { Rule } from '../../core/segment/rule.ts'
import { allTrue, anyTrue } from '../../core/segment/truth.ts'
import type { Members } from '../integration/segment/members.ts'
import { readReferencePeople } from '../integration/segment/read-reference-people.ts'
import { referenceMembers } from '../integration/segment/reference-members.ts'
import {
  laterRule,
  referenceRules,
  referenceSchema as schema,
} from '../integration/segment/reference-rules.ts'
import { ruleEngines } from '../integration/segment/rule-engines.ts'
import { answerEach, Unanswered, type AnswerArea, type ReferenceCase } from './reference-area.ts'

/**
 * Segments: members of rules over 300 contacts, and three-valued logic. The reference evaluator and every engine that is installed must
 * say the same, else the case is "unequal".
 */
export const answerSegments: AnswerArea = async (cases, folder) => {
  const asOf = Date.parse(String(cases.find(({ input }) => input['now'])?.input['now']))
  const people = readReferencePeople(folder)
  const told = await tellMembers(referenceRules, people, asOf)
  const later = await tellMembers(new Map([[laterRule.id, laterRule.rule]]), people, laterRule.asOf)
  return answerEach(cases, ({ id, input }) => {
    if (input['fn'] === 'logic3') return answerLogic(input)
    // Events after the reference's moment count for nobody, until they have happened.
    const tellings = (id === laterRule.id ? later : told).map((members) => members[id])
    const [ids] = tellings
    if (!ids) return new Unanswered('the rule language has no words for it')
    const isSame = tellings.every((other) => JSON.stringify(other) === JSON.stringify(ids))
    return isSame ? { count: ids.length, ids } : 'unequal'
  })
}

/** Members by the reference evaluator, then by every engine. */
async function tellMembers(
  rules: ReadonlyMap<string, Rule>,
  people: readonly Person[],
  asOf: number,
): Promise<Members[]> {
  const moment = { schema, asOf }
  const told = [referenceMembers(rules, people, moment)]
  for (const { name, open, missing } of ruleEngines) {
    if (missing !== undefined) {
      process.stderr.write(`reference: ${name} ${missing}\n`)
      continue
    }
    const engine = await open(moment)
    await engine.store(people)
    told.push(await engine.together(rules))
    engine.close()
  }
  return told
}

function answerLogic(input: ReferenceCase['input']): unknown {
  const truths = [truthOf(input['a']), truthOf(input['b'])]
  const truth = input['op'] === 'and' ? allTrue(truths) : anyTrue(truths)
  return { value: truth === null ? null : Number(truth) }
}

const truthOf = (value: unknown): Truth => (typeof value === 'number' ? value === 1 : null)

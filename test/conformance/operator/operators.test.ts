import { describe, expect, it } from 'vitest'
import { judge } from '../../../core/segment/judge.ts'
import { operatorNames } from '../../../core/segment/operator-names.ts'
import { operators, resolveOperator } from '../../../core/segment/operators/registry.ts'
import { compileQuestion } from '../../../core/segment/to-formula.ts'
import { sql } from '../../../core/sql/sql.ts'
import { describeDialects } from '../dialect/engines.ts'
import { operatorCases } from './cases/registry.ts'
import { questionOf, readValue } from './operator-case.ts'

describe('the operator registry', () => {
  it('has every name of the rule language, and no other', () => {
    expect(Object.keys(operators)).toEqual([...operatorNames])
    for (const [name, operator] of Object.entries(operators)) expect(operator.name).toBe(name)
  })
})

describe.each(operatorNames)('%s', (name) => {
  it('has a case for every type it applies to', () => {
    const types = new Set(operatorCases[name].map(({ type }) => type))
    const { operator, negated } = resolveOperator(name)
    // An opposite is asked for some of the types, as it is computed by the operator that it turns round.
    const owed = negated ? operator.types.filter((type) => types.has(type)) : operator.types
    expect([...types].toSorted()).toEqual([...owed].toSorted())
    expect(types.size).toBeGreaterThan(0)
  })

  it('matches in JavaScript what it must, and nothing else', () => {
    for (const asked of operatorCases[name]) {
      const { type, operand, matches, differs, whenMissing } = asked
      const question = questionOf(name, asked)
      const truths = [...matches, ...differs].map((value) => judge(question, readValue(value, type)))
      expect({ operand, truths }).toEqual({
        operand,
        truths: [...matches.map(() => true), ...differs.map(() => false)],
      })
      expect(judge(question, undefined)).toBe(whenMissing ?? null)
    }
  })
})

describeDialects((dialect, engine) => {
  describe.each(operatorNames)('%s', (name) => {
    it('matches what it must, and nothing else', async () => {
      for (const asked of operatorCases[name]) {
        const { type, operand, matches, differs, whenMissing = null } = asked
        const question = questionOf(name, asked)
        const values = [...[...matches, ...differs].map((value) => readValue(value, type)), undefined]
        const expected = [...matches.map(() => true), ...differs.map(() => false), whenMissing]
        const isTrue = await engine().ask(compileQuestion(question, sql`v`, true, dialect), type, values)
        const isFalse = await engine().ask(compileQuestion(question, sql`v`, false, dialect), type, values)
        expect({ operand, isTrue }).toEqual({ operand, isTrue: expected })
        expect({ operand, isFalse }).toEqual({
          operand,
          isFalse: expected.map((truth) => (truth === null ? null : !truth)),
        })
      }
    })
  })
})

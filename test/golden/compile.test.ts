import { describe, expect, it } from 'vitest'
import { compileBatch } from '../../core/segment/compile-batch.ts'
import { compileRule } from '../../core/segment/compile-rule.ts'
import type { Rule } from '../../core/segment/rule.ts'
import { orderSegments } from '../../core/segment/segment-order.ts'
import type { CompileContext } from '../../core/segment/to-formula.ts'
import type { Dialect } from '../../core/sql/dialect.ts'
import { dialects } from '../../core/sql/dialects/registry.ts'
import { renderSql, type Sql } from '../../core/sql/sql.ts'
import { warehouseCatalogue } from '../../hub-server/warehouse/segment/warehouse-catalogue.ts'
import { aRuleSchema } from '../unit/segment/a-rule-schema.ts'
import { goldenRules } from './rules.ts'

const contextOf = (dialect: Dialect): CompileContext => ({
  schema: aRuleSchema,
  catalogue: warehouseCatalogue,
  dialect,
  asOf: Date.parse('2024-03-31T12:00:00Z'),
})

/** Text with a line for each clause, and the bound values below. */
function print(statement: Sql, dialect: Dialect): string {
  const { text, values } = renderSql(statement, dialect)
  const lines = text.replaceAll(/ (FROM|WHERE|GROUP BY|HAVING|LEFT JOIN|UNION ALL) /g, '\n$1 ')
  const bound = values.map(({ type, value }, index) => `-- ${index + 1} ${type} ${shown(value)}`)
  return [lines, ...bound, ''].join('\n')
}

function shown(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}` : part))
}

describe.each(dialects)('$name', (dialect) => {
  it.each(Object.entries(goldenRules))('%s compiles to the SQL on file', async (name, rule) => {
    await expect(print(compileRule(rule, contextOf(dialect)), dialect)).toMatchFileSnapshot(
      `snapshots/${name}/${dialect.name}.sql`,
    )
  })

  it('compiles rules that share questions to one computation of each', async () => {
    const segments = new Map<string, Rule>([
      ['big', { event: 'purchase', measure: 'sum', property: 'amount', op: 'more_than', value: 500 }],
      ['frequent', { event: 'purchase', measure: 'count', op: 'at_least', value: 3 }],
      [
        'quiet',
        {
          all: [
            { segment: 'frequent' },
            { not: { event: 'open', measure: 'count', op: 'at_least', value: 1 } },
          ],
        },
      ],
      [
        'french-big',
        {
          all: [
            { trait: 'country', op: 'equals', value: 'FR' },
            { event: 'purchase', measure: 'sum', property: 'amount', op: 'more_than', value: 500 },
          ],
        },
      ],
    ])
    const plan = compileBatch(segments, orderSegments(segments), contextOf(dialect))
    const statements = [
      ...(plan.facts ? [plan.facts] : []),
      plan.bits('facts'),
      plan.patterns('bits'),
      ...plan.levels.map((level) => level('previous')),
    ]
    const text = statements.map((statement) => print(statement, dialect)).join('\n')
    await expect(text).toMatchFileSnapshot(`snapshots/batch/${dialect.name}.sql`)
  })

  it('holds no value of a rule in its text', () => {
    for (const rule of Object.values(goldenRules)) {
      const { text } = renderSql(compileRule(rule, contextOf(dialect)), dialect)
      expect(text).not.toMatch(/'|\b(?:FR|DE|C1|vip|buyers|granted|purchase|open|2024|100)\b/)
    }
  })
})

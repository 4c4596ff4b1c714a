import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileBatch } from '../../../core/segment/compile-batch.ts'
import { compileRule } from '../../../core/segment/compile-rule.ts'
import { orderSegments } from '../../../core/segment/segment-order.ts'
import { duckdbDialect } from '../../../core/sql/dialects/duckdb.ts'
import { renderSql } from '../../../core/sql/sql.ts'
import { warehouseCatalogue } from '../../../hub-server/warehouse/segment/warehouse-catalogue.ts'
import { randomSegments } from '../../integration/segment/random-rule.ts'
import { worldAsOf, worldSchema } from '../../integration/segment/random-world.ts'
import { strangeParts } from '../../support/strange-parts.ts'

const context = {
  schema: worldSchema,
  catalogue: warehouseCatalogue,
  dialect: duckdbDialect,
  asOf: worldAsOf,
}

describe('compiled rules', () => {
  it('are made of our own words, catalogue names and placeholders, whatever the rule holds', () => {
    fc.assert(
      fc.property(randomSegments(10), (segments) => {
        const plan = compileBatch(segments, orderSegments(segments), context)
        const statements = [
          ...[...segments.values()].map((rule) => compileRule(rule, context)),
          ...(plan.facts ? [plan.facts] : []),
          plan.bits('facts'),
          plan.patterns('bits'),
          ...plan.levels.map((level) => level('previous')),
        ]
        for (const statement of statements) {
          const { text, values } = renderSql(statement, duckdbDialect)
          expect(strangeParts(text)).toEqual([])
          expect(text.match(/\$\d+/g)?.length ?? 0).toBe(values.length)
        }
      }),
      { numRuns: 100 },
    )
  })
})

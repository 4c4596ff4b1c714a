import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileBatch } from '../../../core/segment/compile-batch.ts'
import { compileRule } from '../../../core/segment/compile-rule.ts'
import { orderSegments } from '../../../core/segment/segment-order.ts'
import { duckdbDialect } from '../../../core/sql/dialects/duckdb.ts'
import { renderSql } from '../../../core/sql/sql.ts'
import { warehouseCatalogue } from '../../../hub-server/warehouse/segment/warehouse-catalogue.ts'
import { consentColumn, propertyColumn, traitColumn } from '../../../hub-server/warehouse/tables.ts'
import { randomSegments } from '../../integration/segment/random-rule.ts'
import { worldAsOf, worldSchema } from '../../integration/segment/random-world.ts'

const context = {
  schema: worldSchema,
  catalogue: warehouseCatalogue,
  dialect: duckdbDialect,
  asOf: worldAsOf,
}

/** Every name that compiled text may quote. */
const names = new Set([
  'profile',
  'event',
  'membership',
  'record_trait',
  'every_identifier',
  'facts',
  'bits',
  'previous',
  'profile_id',
  'record_id',
  'name',
  'time',
  'message_id',
  'segment',
  'exited_at',
  'kind',
  'value',
  'deleted',
  'delivery',
  'sync',
  'held',
  'people',
  ...Object.keys(worldSchema.traits).map(traitColumn),
  ...Object.values(worldSchema.events).flatMap(({ properties }) =>
    Object.keys(properties).map(propertyColumn),
  ),
  ...Object.entries(worldSchema.consents).flatMap(([purpose, { channels }]) =>
    channels.map((channel) => consentColumn(purpose, channel)),
  ),
])

/** Every word that our own text is made of. Anything else would stem from a rule. */
const words =
  /^(?:select|from|as|where|and|or|not|in|is|null|true|false|case|when|then|else|end|between|join|left|on|group|by|having|union|all|count|sum|avg|min|max|floor|coalesce|contains|starts_with|suffix|list_contains|list_has_any|unnest|arg_min|arg_max|row|bit_or|double|bigint|distinct|abs|over|order|desc|asc|row_number|864e8|a|b|translate|'abcdefghijklmnopqrstuvwxyz'|regexp_matches|len|''|month|day|isodow|epoch_us|to_microseconds|md5|cast|varchar|date|p|r|i|f|m|1e6|5e)$/i

function strangeParts(text: string): string[] {
  const withoutNames = text.replaceAll(/"([^"]*)"/g, (quoted, name: string) =>
    names.has(name) || /^[wsm]\d+$/.test(name) ? ' ' : quoted,
  )
  const withoutValues = withoutNames.replaceAll(/\$\d+/g, ' ')
  const tokens = withoutValues.split(/[\s(),.=<>+*/|&:\-[\]]+/).filter((token) => token !== '')
  return tokens.filter((token) => !words.test(token) && !/^\d+$/.test(token))
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

import { instantToText, dayOf } from '../segment/calendar.ts'
import type { Rule } from '../segment/rule.ts'
import type { CompileContext } from '../segment/to-formula.ts'
import { quoteName } from '../sql/dialect.ts'
import { joinSql, sql, sqlText, type BoundValue, type Sql } from '../sql/sql.ts'
import { momentType } from './evaluate-traits.ts'
import { toExpressionNode, type Arithmetic, type ExpressionNode } from './expression-node.ts'
import type { EventExpression, Expression } from './expression.ts'

/** What an expression is compiled with: the row of values has the alias `p`. */
export interface ExpressionContext extends CompileContext {
  /** The column that holds a measure over events. */
  readonly measureColumn: (measure: EventExpression) => Sql
  readonly compileTruth: (rule: Rule) => Sql
}

/** SQL with the value of a checked expression; null where it is missing. */
export function compileExpression(expression: Expression, context: ExpressionContext): Sql {
  const node = toExpressionNode(expression)
  const compile = (part: Expression): Sql => compileExpression(part, context)
  switch (node.kind) {
    case 'value':
      return sql`${bindValue(node.value)}`
    case 'trait':
      return sql`p.${quoteName(context.dialect, context.catalogue.traitColumn(node.trait))}`
    case 'event':
      return context.measureColumn(node.measure)
    case 'if': {
      const otherwise = node.otherwise === undefined ? sql`NULL` : compile(node.otherwise)
      return sql`CASE WHEN ${context.compileTruth(node.rule)} THEN ${compile(node.value)} ELSE ${otherwise} END`
    }
    case 'coalesce':
      return sql`COALESCE(${joinSql(node.parts.map(compile), ', ')})`
    case 'concat':
      return sql`(${joinSql(node.parts.map(compile), ' || ')})`
    default:
      return compileNumber(node, compile, context)
  }
}

function bindValue(value: string | number | boolean): BoundValue {
  if (typeof value === 'string') return { type: 'text', value }
  return typeof value === 'number' ? { type: 'number', value } : { type: 'boolean', value }
}

type NumberNode = Extract<
  ExpressionNode,
  { readonly kind: Arithmetic | 'round' | 'bucket' | 'years_since' | 'days_since' }
>

const signs: Readonly<Record<Arithmetic, string>> = {
  add: ' + ',
  subtract: ' - ',
  multiply: ' * ',
  divide: ' / ',
}

function compileNumber(
  node: NumberNode,
  compile: (part: Expression) => Sql,
  context: ExpressionContext,
): Sql {
  const { dialect } = context
  if ('parts' in node) return dialect.finite(sql`(${joinSql(node.parts.map(compile), signs[node.kind])})`)
  const value = compile(node.of)
  switch (node.kind) {
    case 'round': {
      const scale = sql`${{ type: 'number', value: 10 ** node.digits }}`
      return dialect.finite(sql`(${dialect.floor(sql`${value} * ${scale} + 5e-1`)} / ${scale})`)
    }
    case 'bucket':
      return compileBucket(value, node)
    default:
      return compileSince(node, value, context)
  }
}

function compileBucket(value: Sql, { limits, labels }: Extract<NumberNode, { kind: 'bucket' }>): Sql {
  const label = (index: number): BoundValue => ({ type: 'text', value: labels[index] ?? '' })
  const tests = limits.map(
    (limit, index) => sql`WHEN ${value} < ${{ type: 'number', value: limit }} THEN ${label(index)}`,
  )
  return sql`CASE WHEN ${value} IS NULL THEN NULL ${joinSql(tests, ' ')} ELSE ${label(limits.length)} END`
}

function compileSince(
  { kind, of }: Extract<NumberNode, { kind: 'years_since' | 'days_since' }>,
  value: Sql,
  { dialect, schema, asOf }: ExpressionContext,
): Sql {
  const now: BoundValue = { type: 'datetime', value: BigInt(asOf) * 1000n }
  const today: BoundValue = { type: 'date', value: dayOf(now.value) }
  const isDay = momentType(of, schema) === 'date'
  if (kind === 'days_since') {
    if (isDay) return dialect.daysBetween(value, sql`${today}`)
    return dialect.floor(sql`${dialect.microsBetween(value, sql`${now}`)} / 86400000000e0`)
  }
  const day = isDay ? value : dialect.dayOf(value)
  return dialect.floor(sql`(${todayAsNumber(asOf)} - ${dialect.dayAsNumber(day)}) / 10000e0`)
}

function todayAsNumber(asOf: number): Sql {
  return sqlText(
    `${instantToText(BigInt(asOf) * 1000n)
      .slice(0, 10)
      .replaceAll('-', '')}e0`,
  )
}

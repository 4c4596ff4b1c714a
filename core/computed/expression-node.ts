import type { Rule } from '../segment/rule.ts'
import type { EventExpression, Expression } from './expression.ts'

/** Operations on numbers that take several operands. */
export type Arithmetic = 'add' | 'subtract' | 'multiply' | 'divide'

/** An expression with its kind, so that code can switch over it and the checker sees when a kind is left out. */
export type ExpressionNode =
  | { readonly kind: 'value'; readonly value: string | number | boolean }
  | { readonly kind: 'trait'; readonly trait: string }
  | { readonly kind: 'event'; readonly measure: EventExpression }
  | { readonly kind: Arithmetic; readonly parts: readonly Expression[] }
  | { readonly kind: 'round'; readonly of: Expression; readonly digits: number }
  | { readonly kind: 'concat' | 'coalesce'; readonly parts: readonly Expression[] }
  | {
      readonly kind: 'if'
      readonly rule: Rule
      readonly value: Expression
      readonly otherwise: Expression | undefined
    }
  | { readonly kind: 'years_since' | 'days_since'; readonly of: Expression }
  | {
      readonly kind: 'bucket'
      readonly of: Expression
      readonly limits: readonly number[]
      readonly labels: readonly string[]
    }

/** Tells what kind of node an expression is. */
export function toExpressionNode(expression: Expression): ExpressionNode {
  if (typeof expression !== 'object') return { kind: 'value', value: expression }
  if ('trait' in expression) return { kind: 'trait', trait: expression.trait }
  if ('event' in expression) return { kind: 'event', measure: expression }
  if ('if' in expression)
    return { kind: 'if', rule: expression.if, value: expression.then, otherwise: expression.else }
  if ('bucket' in expression) {
    const { bucket, limits, labels } = expression
    return { kind: 'bucket', of: bucket, limits, labels }
  }
  return toOperation(expression)
}

type Operation = Exclude<
  Expression,
  | string
  | number
  | boolean
  | { readonly trait: string }
  | EventExpression
  | { readonly if: Rule }
  | { readonly bucket: Expression }
>

function toOperation(expression: Operation): ExpressionNode {
  if ('add' in expression) return { kind: 'add', parts: expression.add }
  if ('subtract' in expression) return { kind: 'subtract', parts: expression.subtract }
  if ('multiply' in expression) return { kind: 'multiply', parts: expression.multiply }
  if ('divide' in expression) return { kind: 'divide', parts: expression.divide }
  if ('round' in expression) return { kind: 'round', of: expression.round, digits: expression.digits }
  if ('concat' in expression) return { kind: 'concat', parts: expression.concat }
  if ('coalesce' in expression) return { kind: 'coalesce', parts: expression.coalesce }
  return 'years_since' in expression
    ? { kind: 'years_since', of: expression.years_since }
    : { kind: 'days_since', of: expression.days_since }
}

/** The expressions directly below a node, with the keys that lead to them. */
export function partsOf(
  node: ExpressionNode,
): readonly { readonly keys: readonly (string | number)[]; readonly part: Expression }[] {
  switch (node.kind) {
    case 'value':
    case 'trait':
    case 'event':
      return []
    case 'if':
      return [
        { keys: ['then'], part: node.value },
        ...(node.otherwise === undefined ? [] : [{ keys: ['else'], part: node.otherwise }]),
      ]
    case 'round':
    case 'years_since':
    case 'days_since':
    case 'bucket':
      return [{ keys: [node.kind], part: node.of }]
    default:
      return node.parts.map((part, index) => ({ keys: [node.kind, index], part }))
  }
}

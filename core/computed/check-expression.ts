import type { ProfileSchema, TraitType } from '../profile/profile-schema.ts'
import { checkEvent } from '../segment/check-event.ts'
import { checkName } from '../segment/check-name.ts'
import { isTotal, measureType, ownValue } from '../segment/measure.ts'
import type { RuleNode } from '../segment/rule-node.ts'
import { validateRule } from '../segment/validate-rule.ts'
import { walkRule, pathOf } from '../segment/walk-rule.ts'
import { toExpressionNode, type ExpressionNode } from './expression-node.ts'
import type { EventExpression, Expression } from './expression.ts'
import type { TraitFault } from './trait-fault.ts'

type Path = TraitFault['path']

/** The type of an expression's values, where it can be told, and what is wrong with it. */
export interface CheckedExpression {
  readonly type: TraitType | undefined
  readonly faults: readonly TraitFault[]
}

/** Checks names, types and conditions of an expression within the limits. `path` leads to it. */
export function checkExpression(
  expression: Expression,
  path: Path,
  schema: ProfileSchema,
): CheckedExpression {
  const node = toExpressionNode(expression)
  switch (node.kind) {
    case 'value':
      return checkValue(node.value, path)
    case 'trait':
      return checkTraitName(node.trait, [...path, 'trait'], schema)
    case 'event':
      return checkMeasure(node.measure, path, schema)
    case 'if':
      return checkChoice(node, path, schema)
    case 'coalesce':
      return checkAlike(
        'coalesce',
        node.parts.map((part, index) => ({ part, at: [...path, 'coalesce', index] })),
        schema,
      )
    case 'concat':
      return checkOperation(node, 'text', path, schema)
    case 'bucket':
      return checkBucket(node, path, schema)
    case 'years_since':
    case 'days_since': {
      const { type, faults } = checkExpression(node.of, [...path, node.kind], schema)
      const wrong = expectType(node.kind, type, { fitting: ['date', 'datetime'], path: [...path, node.kind] })
      return { type: 'number', faults: [...faults, ...wrong] }
    }
    case 'round': {
      const { type, faults } = checkExpression(node.of, [...path, 'round'], schema)
      const wrong = expectType('round', type, { fitting: ['number'], path: [...path, 'round'] })
      return { type: 'number', faults: [...faults, ...wrong] }
    }
    default:
      return checkOperation(node, 'number', path, schema)
  }
}

function checkValue(value: string | number | boolean, path: Path): CheckedExpression {
  if (typeof value === 'number') return { type: 'number', faults: [] }
  if (typeof value === 'boolean') return { type: 'boolean', faults: [] }
  const isStorable = value.isWellFormed() && !value.includes('\0')
  return {
    type: 'text',
    faults: isStorable ? [] : [wrongType(path, 'text', 'a readable text', 'unreadable')],
  }
}

function checkTraitName(trait: string, path: Path, schema: ProfileSchema): CheckedExpression {
  const type = ownValue(schema.traits, trait)?.type
  return { type, faults: type ? [] : checkName('trait', trait, Object.keys(schema.traits), path) }
}

/** A measure is checked as a rule about it would be: that it can be compared with anything at all. */
function checkMeasure(measure: EventExpression, path: Path, schema: ProfileSchema): CheckedExpression {
  const question = isTotal(measure.measure)
    ? ({ ...measure, op: 'at_least', value: 1 } as const)
    : ({ ...measure, op: 'exists' } as const)
  const faults = checkEvent(question, path, schema)
  return { type: faults.length === 0 ? measureType(measure, schema) : undefined, faults }
}

/** Conditions on what is not known of the person alone: segments are made from traits, ranks compare with all others. */
const beyondOnePerson: ReadonlySet<RuleNode['kind']> = new Set(['segment', 'rank', 'audience', 'sample'])

function checkChoice(
  node: Extract<ExpressionNode, { kind: 'if' }>,
  path: Path,
  schema: ProfileSchema,
): CheckedExpression {
  const beyond = [...walkRule(node.rule)].flatMap((step): TraitFault[] => {
    if (!beyondOnePerson.has(step.node.kind)) return []
    const at = [...path, 'if', ...pathOf(step)]
    return [{ path: at, code: 'trait.asks_others', params: { asked: step.node.kind } }]
  })
  const rule =
    beyond.length > 0
      ? []
      : validateRule(node.rule, { name: '', profileSchema: schema, segments: new Map() }).map((fault) => ({
          ...fault,
          path: [...path, 'if', ...fault.path],
        }))
  const branches = [{ part: node.value, at: [...path, 'then'] }]
  if (node.otherwise !== undefined) branches.push({ part: node.otherwise, at: [...path, 'else'] })
  const { type, faults } = checkAlike('if', branches, schema)
  return { type, faults: [...beyond, ...rule, ...faults] }
}

/** Values of which one is taken must have one type: that of the first. */
function checkAlike(
  operation: string,
  parts: readonly { readonly part: Expression; readonly at: Path }[],
  schema: ProfileSchema,
): CheckedExpression {
  const checked = parts.map(({ part, at }) => ({ at, ...checkExpression(part, at, schema) }))
  const type = checked.find((each) => each.type !== undefined)?.type
  const unlike = checked.flatMap((each) =>
    type ? expectType(operation, each.type, { fitting: [type], path: each.at }) : [],
  )
  return { type, faults: [...checked.flatMap(({ faults }) => faults), ...unlike] }
}

function checkOperation(
  { kind, parts }: Extract<ExpressionNode, { readonly parts: readonly Expression[] }>,
  type: 'number' | 'text',
  path: Path,
  schema: ProfileSchema,
): CheckedExpression {
  const faults = parts.flatMap((part, index) => {
    const at = [...path, kind, index]
    const checked = checkExpression(part, at, schema)
    return [...checked.faults, ...expectType(kind, checked.type, { fitting: [type], path: at })]
  })
  return { type, faults }
}

function checkBucket(
  { of, limits, labels }: Extract<ExpressionNode, { kind: 'bucket' }>,
  path: Path,
  schema: ProfileSchema,
): CheckedExpression {
  const { type, faults } = checkExpression(of, [...path, 'bucket'], schema)
  const found = [...faults, ...expectType('bucket', type, { fitting: ['number'], path: [...path, 'bucket'] })]
  const isRising = limits.every((limit, index) => index === 0 || limit > (limits[index - 1] ?? limit))
  if (!isRising)
    found.push(wrongType([...path, 'limits'], 'bucket', 'limits that rise', 'limits that do not'))
  if (labels.length !== limits.length + 1)
    found.push(wrongType([...path, 'labels'], 'bucket', `${limits.length + 1} labels`, `${labels.length}`))
  return { type: 'text', faults: found }
}

/** No fault for a type that could not be told: what is wrong there is told there. */
export function expectType(
  operation: string,
  type: TraitType | undefined,
  { fitting, path }: { readonly fitting: readonly TraitType[]; readonly path: Path },
): TraitFault[] {
  if (type === undefined || fitting.includes(type)) return []
  return [wrongType(path, operation, fitting.join(', '), type)]
}

function wrongType(path: Path, operation: string, expected: string, found: string): TraitFault {
  return { path, code: 'trait.wrong_type', params: { operation, expected, found } }
}

import type { ProfileSchema } from '../profile/profile-schema.ts'
import { checkExpression, expectType } from './check-expression.ts'
import { computedTraits } from './derived-traits.ts'
import { expressionLimits, type Expression } from './expression.ts'
import { findTraitOrder } from './order-traits.ts'
import type { TraitFault } from './trait-fault.ts'
import { walkExpression } from './walk-expression.ts'

/**
 * Faults of all computed traits of a profile schema: names, types, conditions, windows, limits, circles, and a type that is not what
 * the expression gives. Paths start at the schema.
 */
export function checkComputedTraits(schema: ProfileSchema): readonly TraitFault[] {
  const faults = [...computedTraits(schema)].flatMap(([name, expression]) =>
    checkTrait(name, expression, schema),
  )
  const { cycle } = findTraitOrder(schema)
  const [first] = cycle ?? []
  if (!cycle || first === undefined) return faults
  const path = ['traits', first, 'computed']
  return [...faults, { path, code: 'trait.cycle', params: { cycle: cycle.join(' → ') } }]
}

function checkTrait(name: string, expression: Expression, schema: ProfileSchema): readonly TraitFault[] {
  const path = ['traits', name, 'computed']
  const tooLarge = checkSize(expression, path)
  if (tooLarge) return [tooLarge]
  const { type, faults } = checkExpression(expression, path, schema)
  if (faults.length > 0) return faults
  const declared = schema.traits[name]?.type
  return declared ? expectType(name, type, { fitting: [declared], path }) : []
}

function checkSize(expression: Expression, path: readonly string[]): TraitFault | undefined {
  let nodes = 0
  for (const step of walkExpression(expression)) {
    nodes += 1
    if (step.depth <= expressionLimits.depth && nodes <= expressionLimits.nodes) continue
    const { depth: levels, nodes: most } = expressionLimits
    return { path: [...path, ...step.path], code: 'trait.too_large', params: { levels, nodes: most } }
  }
  return undefined
}

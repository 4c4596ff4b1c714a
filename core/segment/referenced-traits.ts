import { traitsOf } from './profile-test.ts'
import type { RuleNode } from './rule-node.ts'
import type { Rule } from './rule.ts'
import { walkRule } from './walk-rule.ts'

/** Names of all traits that rules ask about. */
export function referencedTraits(rules: Iterable<Rule>): ReadonlySet<string> {
  const names = new Set<string>()
  for (const rule of rules)
    for (const { node } of walkRule(rule)) for (const name of traitsOfNode(node)) names.add(name)
  return names
}

function traitsOfNode(node: RuleNode): string[] {
  switch (node.kind) {
    case 'trait':
      return [node.condition.trait]
    case 'money':
    case 'place':
      return traitsOf(node.condition).map(({ trait }) => trait)
    case 'rank':
      return 'trait' in node.condition.rank ? [node.condition.rank.trait] : []
    default:
      return []
  }
}

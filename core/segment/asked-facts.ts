import { computedTraits } from '../computed/derived-traits.ts'
import { neededEvents } from '../computed/walk-expression.ts'
import type { ProfileSchema } from '../profile/profile-schema.ts'
import { referencedEvents } from './referenced-events.ts'
import type { Rule } from './rule.ts'
import { walkRule } from './walk-rule.ts'

/** What rules and computed traits read of a person beside the profile row. */
export interface AskedFacts {
  readonly names: ReadonlySet<string>
  readonly properties: ReadonlySet<string>
  /** True when of two events at one instant the first is asked for: the message id decides. */
  readonly asksOrder: boolean
  /** True when rules ask for identifiers. */
  readonly asksIdentifiers: boolean
  /** Audiences (names of syncs) that rules ask for. */
  readonly audiences: ReadonlySet<string>
}

/** Collects what must be read of a person's events to answer these rules and to compute the traits of the schema. */
export function askedFacts(rules: readonly Rule[], schema: ProfileSchema): AskedFacts {
  const expressions = [...computedTraits(schema).values()]
  const said: readonly unknown[] = [...rules, ...expressions]
  const nodes = rules.flatMap((rule) => [...walkRule(rule)].map(({ node }) => node))
  return {
    names: new Set([...referencedEvents(rules), ...expressions.flatMap((each) => [...neededEvents(each)])]),
    properties: textsUnder('property', said),
    asksOrder: ['first', 'last'].some((end) => textsUnder('measure', said).has(end)),
    asksIdentifiers: nodes.some(({ kind }) => kind === 'identifier'),
    audiences: new Set(nodes.flatMap((node) => (node.kind === 'audience' ? [node.condition.audience] : []))),
  }
}

/** All texts that stand under a key, however deep. */
function textsUnder(name: string, said: readonly unknown[]): ReadonlySet<string> {
  const found = new Set<string>()
  const open = [...said]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (typeof at !== 'object' || at === null) continue
    for (const [key, value] of Object.entries(at)) {
      if (key === name && typeof value === 'string') found.add(value)
      else if (value !== undefined) open.push(value)
    }
  }
  return found
}

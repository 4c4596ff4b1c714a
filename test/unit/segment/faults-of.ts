import type { RuleFault } from '../../../core/segment/rule-fault.ts'
import { ruleSchema } from '../../../core/segment/rule.ts'
import { validateRule } from '../../../core/segment/validate-rule.ts'
import { aRuleSchema } from './a-rule-schema.ts'

/** Faults of a rule against the schema of `aRuleSchema`. */
export function faultsOf(rule: unknown): readonly RuleFault[] {
  return validateRule(ruleSchema.parse(rule), {
    name: 'mine',
    profileSchema: aRuleSchema,
    segments: new Map(),
    syncs: new Set(['to-ads']),
  })
}

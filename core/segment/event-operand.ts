import type { EventCondition } from './rule.ts'

/** "At least" without a number means at least once. */
export function eventOperand({
  measure,
  op,
  value,
}: Pick<EventCondition, 'measure' | 'op' | 'value'>): EventCondition['value'] {
  return value === undefined && measure === 'count' && op === 'at_least' ? 1 : value
}

/** Every operator of the rule language. One file each in `operators/`; the registry test holds both equal. */
export const operatorNames = [
  'equals',
  'not_equals',
  'in',
  'not_in',
  'contains',
  'starts_with',
  'ends_with',
  'at_least',
  'at_most',
  'more_than',
  'less_than',
  'between',
  'before',
  'after',
  'within_last',
  'more_than_ago',
  'exists',
  'missing',
] as const

export type OperatorName = (typeof operatorNames)[number]

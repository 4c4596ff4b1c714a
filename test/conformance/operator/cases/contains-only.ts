import type { OperatorCase } from '../operator-case.ts'

export const cases: readonly OperatorCase[] = [
  {
    type: 'list',
    operand: ['vip', 'b2b', 'vip'],
    matches: [[], ['vip'], ['b2b', 'vip'], ['vip', 'vip']],
    differs: [['vip', 'B2B'], ['x'], ['vip', 'b2b', '']],
  },
  { type: 'list', operand: [], matches: [[]], differs: [['a']] },
]

import type { OperatorCase } from '../operator-case.ts'

export const cases: readonly OperatorCase[] = [
  { type: 'text', operand: ['a', '%'], matches: ['a%', '% a'], differs: ['a', '%', '', 'A%'] },
  {
    type: 'text',
    operand: ['AB', 'bC'],
    ignoreCase: true,
    matches: ['aBc', 'ab bc'],
    differs: ['ab', 'äbc'],
  },
  { type: 'text', operand: [], matches: ['', 'a'], differs: [] },
  {
    type: 'list',
    operand: ['vip', 'b2b', 'vip'],
    matches: [['b2b', 'x', 'vip']],
    differs: [[], ['vip'], ['vip', 'B2B']],
  },
  { type: 'list', operand: [], matches: [[], ['a']], differs: [] },
]

import type { OperatorCase } from '../operator-case.ts'

export const cases: readonly OperatorCase[] = [
  { type: 'text', operand: ['gmail', 'a_b'], matches: ['', 'axb', 'GMAIL'], differs: ['x@gmail.com', 'a_b'] },
  { type: 'list', operand: ['vip', 'b2b'], matches: [[], ['VIP']], differs: [['b2b'], ['x', 'vip']] },
  { type: 'list', operand: [], matches: [[], ['vip']], differs: [] },
]

import type { OperatorCase } from '../operator-case.ts'

export const cases: readonly OperatorCase[] = [
  { type: 'text', operand: ['gmail', 'a_b'], matches: ['x@gmail.com', 'a_b'], differs: ['', 'axb', 'GMAIL'] },
  { type: 'text', operand: ['GMail', 'é'], ignoreCase: true, matches: ['gmAIL', 'é'], differs: ['É', ''] },
  { type: 'text', operand: [], matches: [], differs: ['', 'a'] },
  {
    type: 'list',
    operand: ['vip', 'b2b'],
    matches: [['b2b'], ['x', 'vip']],
    differs: [[], ['VIP'], ['vip,b2b']],
  },
  { type: 'list', operand: [], matches: [], differs: [[], ['vip']] },
]

import type { OperatorCase } from '../operator-case.ts'

const many = Array.from({ length: 5000 }, (_, index) => `value ${index}`)

export const cases: readonly OperatorCase[] = [
  { type: 'text', operand: ['FR', 'DE', 'FR'], matches: ['FR', 'DE'], differs: ['fr', '', 'FR,DE'] },
  { type: 'text', operand: [], matches: [], differs: ['FR', ''] },
  { type: 'text', operand: ["'", '"', '\\'], matches: ["'", '"', '\\'], differs: ["''"] },
  { type: 'text', operand: many, matches: ['value 0', 'value 4999'], differs: ['value 5000', 'value'] },
  { type: 'number', operand: [1, 2.5, -0], matches: [1, 2.5, 0], differs: [2, 2.4999999999999996] },
  { type: 'number', operand: [], matches: [], differs: [0] },
  {
    type: 'number',
    operand: Array.from({ length: 100 }, (_, index) => index / 10),
    matches: [0.3, 9.9],
    differs: [0.1 + 0.2, 10],
  },
  {
    type: 'list',
    operand: ['vip', 'b2b'],
    matches: [['vip'], ['x', 'b2b']],
    differs: [[], ['VIP'], ['vip,b2b']],
  },
  { type: 'list', operand: [], matches: [], differs: [[], ['vip']] },
  { type: 'text', operand: ['fr', 'De'], ignoreCase: true, matches: ['FR', 'dE'], differs: ['F', ''] },
]

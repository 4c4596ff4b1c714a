import type { OperatorCase } from '../operator-case.ts'

export const cases: readonly OperatorCase[] = [
  { type: 'text', operand: ['FR', 'DE'], matches: ['fr', ''], differs: ['FR', 'DE'] },
  { type: 'text', operand: [], matches: ['FR', ''], differs: [] },
  { type: 'number', operand: [0], matches: [1], differs: [0, -0] },
  { type: 'list', operand: ['vip', 'b2b'], matches: [[], ['x']], differs: [['vip'], ['x', 'b2b']] },
  { type: 'list', operand: [], matches: [[], ['vip']], differs: [] },
]

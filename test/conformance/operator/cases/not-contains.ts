import type { OperatorCase } from '../operator-case.ts'

export const cases: readonly OperatorCase[] = [
  { type: 'text', operand: 'a%', matches: ['', 'ab', 'A%'], differs: ['a%', 'xa%y'] },
  { type: 'text', operand: 'Ab', ignoreCase: true, matches: ['a', 'äb'], differs: ['AB', 'xaBy'] },
  { type: 'list', operand: 'vip', matches: [[], ['VIP'], ['vip2']], differs: [['vip'], ['a', 'vip']] },
]

import type { OperatorCase } from '../operator-case.ts'

export const cases: readonly OperatorCase[] = [
  { type: 'text', operand: '%', matches: ['100 %', '%'], differs: ['', 'a'] },
  { type: 'text', operand: 'a_b', matches: ['xa_by'], differs: ['axb', 'A_B'] },
  { type: 'text', operand: 'example', matches: ['u1@example.com'], differs: ['u1@Example.com', 'exam'] },
  { type: 'text', operand: '\\', matches: ['a\\b'], differs: ['/'] },
  { type: 'text', operand: '😀', matches: ['a😀b'], differs: ['😁'] },
  { type: 'list', operand: 'vip', matches: [['vip'], ['x', 'vip']], differs: [[], ['vip2'], ['VIP']] },
  { type: 'text', operand: 'EXAMPLE', ignoreCase: true, matches: ['a@Example.com'], differs: ['exampl', ''] },
]

import type { OperatorCase } from '../operator-case.ts'

export const cases: readonly OperatorCase[] = [
  { type: 'text', operand: '.com', matches: ['a.com', '.com'], differs: ['a.COM', 'a.com ', 'xcom', ''] },
  { type: 'text', operand: '%', matches: ['x%'], differs: ['%x'] },
  { type: 'text', operand: 'é', matches: ['café'], differs: ['cafe\u0301', 'cafe'] },
  { type: 'text', operand: '.COM', ignoreCase: true, matches: ['x.com', '.Com'], differs: ['.comx'] },
]

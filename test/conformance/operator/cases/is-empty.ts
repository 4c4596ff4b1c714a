import type { OperatorCase } from '../operator-case.ts'

export const cases: readonly OperatorCase[] = [
  { type: 'text', matches: [''], differs: [' ', 'a', '\n'] },
  { type: 'list', matches: [[]], differs: [[''], ['a']] },
]

import type { OperatorCase } from '../operator-case.ts'

export const cases: readonly OperatorCase[] = [
  { type: 'text', operand: 'An', matches: ['Anna', 'An'], differs: ['anna', 'A', '', ' Anna'] },
  { type: 'text', operand: '%', matches: ['%x'], differs: ['x%', 'x'] },
  { type: 'text', operand: '_', matches: ['_x'], differs: ['x_'] },
  { type: 'text', operand: 'aB', ignoreCase: true, matches: ['Abc'], differs: ['bab'] },
]

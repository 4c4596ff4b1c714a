import type { OperatorCase } from '../operator-case.ts'

export const cases: readonly OperatorCase[] = [
  { type: 'number', operand: 0, matches: [-5e-324, -1], differs: [0, -0, 1] },
]

import type { OperatorCase } from '../operator-case.ts'

export const cases: readonly OperatorCase[] = [
  { type: 'number', operand: 0.3, matches: [0.1 + 0.2], differs: [0.3, 0] },
  { type: 'number', operand: -1, matches: [0], differs: [-1, -2] },
]

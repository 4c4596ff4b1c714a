import type { OperatorCase } from '../operator-case.ts'

export const cases: readonly OperatorCase[] = [
  { type: 'number', operand: 18, matches: [18, -1e15], differs: [18.000000000000004] },
  { type: 'date', operand: '1 month ago', matches: ['2024-02-29'], differs: ['2024-03-01'] },
  {
    type: 'datetime',
    operand: '2024-02-29',
    matches: ['2024-02-29T23:59:59.999999Z'],
    differs: ['2024-03-01T00:00:00Z'],
  },
]

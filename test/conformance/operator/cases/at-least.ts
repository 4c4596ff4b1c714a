import type { OperatorCase } from '../operator-case.ts'

export const cases: readonly OperatorCase[] = [
  { type: 'number', operand: 0.3, matches: [0.3, 0.1 + 0.2, 1], differs: [0.29999999999999993, -1] },
  { type: 'date', operand: '2024-02-29', matches: ['2024-02-29', '2024-03-01'], differs: ['2024-02-28'] },
  {
    type: 'datetime',
    operand: '2024-02-29',
    matches: ['2024-02-29T00:00:00Z', '2024-03-01T00:00:00Z'],
    differs: ['2024-02-28T23:59:59.999999Z'],
  },
]

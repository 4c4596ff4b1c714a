import type { OperatorCase } from '../operator-case.ts'

export const cases: readonly OperatorCase[] = [
  {
    type: 'datetime',
    operand: '7 days',
    matches: ['2024-03-31T12:00:00.000001Z', '2024-04-07T12:00:00Z'],
    differs: ['2024-03-31T12:00:00Z', '2024-04-07T12:00:00.000001Z'],
  },
  {
    type: 'datetime',
    operand: '1 month',
    matches: ['2024-04-30T12:00:00Z'],
    differs: ['2024-04-30T12:00:00.000001Z'],
  },
  {
    type: 'date',
    operand: '7 days',
    matches: ['2024-03-31', '2024-04-06'],
    differs: ['2024-03-30', '2024-04-07'],
  },
]

import type { OperatorCase } from '../operator-case.ts'

export const cases: readonly OperatorCase[] = [
  {
    type: 'datetime',
    operand: '7 days',
    matches: ['2024-04-07T12:00:00.000001Z', '2100-01-01T00:00:00Z'],
    differs: ['2024-04-07T12:00:00Z', '2024-03-31T12:00:00Z', '1900-01-01T00:00:00Z'],
  },
  {
    type: 'datetime',
    operand: '1 month',
    matches: ['2024-04-30T12:00:00.000001Z'],
    differs: ['2024-04-30T12:00:00Z'],
  },
  { type: 'date', operand: '7 days', matches: ['2024-04-07'], differs: ['2024-04-06', '2024-03-31'] },
]

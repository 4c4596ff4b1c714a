import type { OperatorCase } from '../operator-case.ts'

export const cases: readonly OperatorCase[] = [
  {
    type: 'datetime',
    operand: '7 days',
    matches: ['2024-03-24T12:00:00Z', '1900-01-01T00:00:00Z'],
    differs: ['2024-03-24T12:00:00.000001Z', '2025-01-01T00:00:00Z'],
  },
  { type: 'date', operand: '21 years', matches: ['2003-03-31', '1960-01-01'], differs: ['2003-04-01'] },
]

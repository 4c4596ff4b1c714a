import type { OperatorCase } from '../operator-case.ts'

export const cases: readonly OperatorCase[] = [
  { type: 'date', operand: '2024-02-29', matches: ['2024-03-01'], differs: ['2024-02-29'] },
  {
    type: 'datetime',
    operand: '2024-02-29',
    matches: ['2024-03-01T00:00:00Z'],
    differs: ['2024-02-29T23:59:59.999999Z'],
  },
]

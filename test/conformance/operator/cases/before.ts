import type { OperatorCase } from '../operator-case.ts'

export const cases: readonly OperatorCase[] = [
  { type: 'date', operand: '2024-02-29', matches: ['2024-02-28'], differs: ['2024-02-29'] },
  {
    type: 'datetime',
    operand: '2024-02-29',
    matches: ['2024-02-28T23:59:59.999999Z', '1969-12-31T23:59:59Z'],
    differs: ['2024-02-29T00:00:00Z'],
  },
]

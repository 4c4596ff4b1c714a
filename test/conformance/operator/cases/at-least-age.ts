import type { OperatorCase } from '../operator-case.ts'

export const cases: readonly OperatorCase[] = [
  {
    type: 'date',
    operand: 21,
    matches: ['2003-03-31', '1900-01-01'],
    differs: ['2003-04-01', '2024-03-31', '2030-01-01'],
  },
  { type: 'date', operand: 0, matches: ['2024-03-31'], differs: ['2024-04-01'] },
  {
    type: 'date',
    operand: 1,
    timeZone: 'Pacific/Kiritimati',
    matches: ['2023-04-01'],
    differs: ['2023-04-02'],
  },
]

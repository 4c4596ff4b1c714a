import type { OperatorCase } from '../operator-case.ts'

export const cases: readonly OperatorCase[] = [
  {
    type: 'date',
    operand: 'february',
    matches: ['2024-02-29', '1900-02-01'],
    differs: ['2024-03-01', '2024-01-31'],
  },
  {
    type: 'date',
    operand: ['december', 'january'],
    matches: ['1969-12-31', '2024-01-01'],
    differs: ['2024-02-01'],
  },
  {
    type: 'datetime',
    operand: 'march',
    matches: ['2024-03-31T23:59:59.999999Z'],
    differs: ['2024-04-01T00:00:00Z'],
  },
  {
    type: 'datetime',
    operand: 'april',
    timeZone: 'Asia/Kathmandu',
    matches: ['2024-03-31T18:15:00Z'],
    differs: ['2024-03-31T18:14:59.999999Z', '2024-04-30T18:15:00Z'],
  },
]

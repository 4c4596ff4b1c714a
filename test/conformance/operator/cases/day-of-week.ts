import type { OperatorCase } from '../operator-case.ts'

export const cases: readonly OperatorCase[] = [
  {
    type: 'date',
    operand: 'sunday',
    matches: ['2024-03-31', '1969-12-28'],
    differs: ['2024-03-30', '1970-01-01'],
  },
  {
    type: 'date',
    operand: ['monday', 'thursday'],
    matches: ['2024-04-01', '1970-01-01'],
    differs: ['2024-03-31'],
  },
  {
    type: 'datetime',
    operand: 'monday',
    matches: ['2024-04-01T00:00:00Z'],
    differs: ['2024-03-31T23:59:59.999999Z'],
  },
  {
    type: 'datetime',
    operand: 'monday',
    timeZone: 'Europe/Paris',
    matches: ['2024-03-31T22:00:00Z', '2024-01-07T23:00:00Z', '1969-12-28T23:00:00Z'],
    differs: ['2024-03-31T21:59:59.999999Z', '2024-01-07T22:59:59.999999Z'],
  },
]

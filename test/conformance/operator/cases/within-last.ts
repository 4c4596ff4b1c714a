import type { OperatorCase } from '../operator-case.ts'

export const cases: readonly OperatorCase[] = [
  {
    type: 'datetime',
    operand: '7 days',
    matches: ['2024-03-24T12:00:00.000001Z', '2024-03-31T12:00:00Z'],
    differs: ['2024-03-24T12:00:00Z', '2024-03-31T12:00:00.000001Z', '2025-01-01T00:00:00Z'],
  },
  {
    type: 'datetime',
    operand: '1 month',
    matches: ['2024-02-29T12:00:00.000001Z'],
    differs: ['2024-02-29T12:00:00Z'],
  },
  {
    type: 'datetime',
    operand: '24 hours',
    matches: ['2024-03-30T12:00:00.000001Z'],
    differs: ['2024-03-30T12:00:00Z'],
  },
  {
    type: 'date',
    operand: '7 days',
    matches: ['2024-03-25', '2024-03-31'],
    differs: ['2024-03-24', '2024-04-01'],
  },
  // 24 hours before noon on the day to summer time is eleven o'clock there; a day before is noon.
  {
    type: 'datetime',
    operand: '1 day',
    timeZone: 'Europe/Paris',
    matches: ['2024-03-30T13:00:00.000001Z'],
    differs: ['2024-03-30T13:00:00Z'],
  },
  {
    type: 'datetime',
    operand: '24 hours',
    timeZone: 'Europe/Paris',
    matches: ['2024-03-30T12:00:00.000001Z'],
    differs: ['2024-03-30T12:00:00Z'],
  },
]

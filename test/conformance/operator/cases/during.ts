import type { OperatorCase } from '../operator-case.ts'

export const cases: readonly OperatorCase[] = [
  {
    type: 'date',
    operand: 'today',
    matches: ['2024-03-31'],
    differs: ['2024-03-30', '2024-04-01', '2023-03-31'],
  },
  {
    type: 'date',
    operand: 'this week',
    matches: ['2024-03-25', '2024-03-31'],
    differs: ['2024-03-24', '2024-04-01'],
  },
  {
    type: 'date',
    operand: 'next week',
    matches: ['2024-04-01', '2024-04-07'],
    differs: ['2024-03-31', '2024-04-08'],
  },
  {
    type: 'date',
    operand: 'previous month',
    matches: ['2024-02-01', '2024-02-29'],
    differs: ['2024-01-31', '2024-03-01'],
  },
  {
    type: 'date',
    operand: 'previous 3 months',
    matches: ['2023-12-01', '2024-02-29'],
    differs: ['2023-11-30', '2024-03-01'],
  },
  {
    type: 'date',
    operand: 'this quarter',
    matches: ['2024-01-01', '2024-03-31'],
    differs: ['2023-12-31', '2024-04-01'],
  },
  {
    type: 'date',
    operand: 'previous year',
    matches: ['2023-01-01', '2023-12-31'],
    differs: ['2022-12-31', '2024-01-01'],
  },
  {
    type: 'datetime',
    operand: 'yesterday',
    matches: ['2024-03-30T00:00:00Z', '2024-03-30T23:59:59.999999Z'],
    differs: ['2024-03-29T23:59:59.999999Z', '2024-03-31T00:00:00Z'],
  },
  // The day on which Paris loses an hour has 23 of them.
  {
    type: 'datetime',
    operand: 'today',
    timeZone: 'Europe/Paris',
    matches: ['2024-03-30T23:00:00Z', '2024-03-31T21:59:59.999999Z'],
    differs: ['2024-03-30T22:59:59.999999Z', '2024-03-31T22:00:00Z'],
  },
  // At noon in UTC it is still 31 March on Hawaii and already 1 April on Kiritimati.
  {
    type: 'date',
    operand: 'tomorrow',
    timeZone: 'Pacific/Kiritimati',
    matches: ['2024-04-02'],
    differs: ['2024-04-01'],
  },
  {
    type: 'date',
    operand: 'this month',
    timeZone: 'Pacific/Honolulu',
    matches: ['2024-03-31'],
    differs: ['2024-04-01'],
  },
]

import type { OperatorCase } from '../operator-case.ts'

export const cases: readonly OperatorCase[] = [
  {
    type: 'date',
    operand: 'today',
    matches: ['1980-03-31', '2024-03-31'],
    differs: ['1980-03-30', '1980-04-01'],
  },
  { type: 'date', operand: 'in 1 day', matches: ['2001-04-01'], differs: ['2001-03-31', '2001-04-02'] },
  {
    type: 'date',
    operand: 'next 7 days',
    matches: ['1999-03-31', '1960-04-06'],
    differs: ['1999-03-30', '1999-04-07'],
  },
  { type: 'date', operand: 'next 2 weeks', matches: ['1999-04-13'], differs: ['1999-04-14'] },
  { type: 'date', operand: '02-29', matches: ['2000-02-29'], differs: ['2000-03-01', '2001-02-28'] },
  // The next 29 February is one of a leap year only in 2028: 335 days on is 1 March 2025, which stands for it.
  { type: 'date', operand: 'in 335 days', matches: ['2000-02-29', '2001-03-01'], differs: ['2001-02-28'] },
  { type: 'date', operand: 'in 334 days', matches: ['2001-02-28'], differs: ['2000-02-29'] },
  {
    type: 'date',
    operand: 'next 366 days',
    matches: ['2000-02-29', '1969-12-31', '1900-03-30'],
    differs: [],
  },
  {
    type: 'datetime',
    operand: 'today',
    matches: ['1960-03-31T23:59:59.999999Z'],
    differs: ['1960-04-01T00:00:00Z', '1960-03-30T23:59:59Z'],
  },
  {
    type: 'datetime',
    operand: 'today',
    timeZone: 'America/New_York',
    matches: ['2020-04-01T03:59:59.999999Z', '2020-03-31T04:00:00Z'],
    differs: ['2020-03-31T03:59:59.999999Z', '2020-04-01T04:00:00Z'],
  },
]

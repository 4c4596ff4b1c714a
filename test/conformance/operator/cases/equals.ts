import type { OperatorCase } from '../operator-case.ts'

export const cases: readonly OperatorCase[] = [
  { type: 'text', operand: 'anna', matches: ['anna'], differs: ['Anna', 'anna ', 'ann', '', 'ánna'] },
  { type: 'text', operand: '', matches: [''], differs: [' ', 'a'] },
  { type: 'text', operand: 'José', matches: ['José'], differs: ['Jose\u0301', 'Jose'] },
  { type: 'text', operand: "O'Neil", matches: ["O'Neil"], differs: ["O''Neil", 'ONeil'] },
  { type: 'text', operand: '%', matches: ['%'], differs: ['a', ''] },
  { type: 'number', operand: 0.3, matches: [0.3], differs: [0.1 + 0.2, 0, -0.3] },
  { type: 'number', operand: 0, matches: [0, -0], differs: [1e-300] },
  { type: 'number', operand: 9007199254740991, matches: [9007199254740991], differs: [9007199254740990] },
  { type: 'number', operand: 1e300, matches: [1e300], differs: [1e299] },
  { type: 'boolean', operand: false, matches: [false], differs: [true] },
  { type: 'date', operand: '2024-02-29', matches: ['2024-02-29'], differs: ['2024-02-28', '2024-03-01'] },
  { type: 'date', operand: '30 days ago', matches: ['2024-03-01'], differs: ['2024-02-29', '2024-03-02'] },
  {
    type: 'datetime',
    operand: '2024-02-29',
    matches: ['2024-02-29T00:00:00Z', '2024-02-29T23:59:59.999999Z', '2024-03-01T00:30:00+01:00'],
    differs: ['2024-02-28T23:59:59.999999Z', '2024-03-01T00:00:00Z'],
  },
  {
    type: 'datetime',
    operand: '2024-02-29T10:00:00.000001Z',
    matches: ['2024-02-29T10:00:00.000001Z', '2024-02-29T11:00:00.000001+01:00'],
    differs: ['2024-02-29T10:00:00Z', '2024-02-29T10:00:00.000002Z'],
  },
  { type: 'text', operand: 'ANNA', ignoreCase: true, matches: ['anna', 'Anna'], differs: ['ann', 'anna '] },
  { type: 'text', operand: 'É', ignoreCase: true, matches: ['É'], differs: ['é', 'E'] },
  {
    type: 'datetime',
    operand: '2024-10-27',
    timeZone: 'Europe/Paris',
    matches: ['2024-10-26T22:00:00Z', '2024-10-27T22:59:59.999999Z'],
    differs: ['2024-10-26T21:59:59.999999Z', '2024-10-27T23:00:00Z'],
  },
  {
    type: 'datetime',
    operand: '2024-07-01T10:00',
    timeZone: 'Europe/Paris',
    matches: ['2024-07-01T08:00:00Z'],
    differs: ['2024-07-01T10:00:00Z'],
  },
]

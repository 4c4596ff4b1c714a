import type { OperatorCase } from '../operator-case.ts'

export const cases: readonly OperatorCase[] = [
  { type: 'text', operand: 'DE', matches: ['FR', 'de', ''], differs: ['DE'] },
  { type: 'number', operand: 0, matches: [1, -1], differs: [0, -0] },
  { type: 'boolean', operand: true, matches: [false], differs: [true] },
  { type: 'date', operand: '2024-02-29', matches: ['2024-03-01'], differs: ['2024-02-29'] },
  {
    type: 'datetime',
    operand: '2024-02-29',
    matches: ['2024-02-28T23:59:59.999999Z', '2024-03-01T00:00:00Z'],
    differs: ['2024-02-29T12:00:00Z'],
  },
]

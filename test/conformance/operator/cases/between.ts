import type { OperatorCase } from '../operator-case.ts'

export const cases: readonly OperatorCase[] = [
  { type: 'number', operand: [18, 65], matches: [18, 65, 40.5], differs: [17.999, 65.001] },
  { type: 'number', operand: [65, 18], matches: [], differs: [18, 40, 65] },
  { type: 'date', operand: ['2024-02-28', '2024-03-01'], matches: ['2024-02-29'], differs: ['2024-03-02'] },
  {
    type: 'datetime',
    operand: ['2024-02-28', '2024-02-29'],
    matches: ['2024-02-28T00:00:00Z', '2024-02-29T23:59:59.999999Z'],
    differs: ['2024-03-01T00:00:00Z', '2024-02-27T23:59:59.999999Z'],
  },
]

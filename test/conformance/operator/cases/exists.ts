import type { OperatorCase } from '../operator-case.ts'

export const cases: readonly OperatorCase[] = [
  { type: 'text', matches: ['', 'a'], differs: [], whenMissing: false },
  { type: 'number', matches: [0, -1], differs: [], whenMissing: false },
  { type: 'boolean', matches: [false, true], differs: [], whenMissing: false },
  { type: 'date', matches: ['2024-02-29'], differs: [], whenMissing: false },
  { type: 'datetime', matches: ['2024-02-29T00:00:00Z'], differs: [], whenMissing: false },
  { type: 'list', matches: [[], ['a']], differs: [], whenMissing: false },
]

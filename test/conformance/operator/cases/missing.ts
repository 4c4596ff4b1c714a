import type { OperatorCase } from '../operator-case.ts'

export const cases: readonly OperatorCase[] = [
  { type: 'text', matches: [], differs: ['', 'a'], whenMissing: true },
  { type: 'number', matches: [], differs: [0], whenMissing: true },
  { type: 'list', matches: [], differs: [[]], whenMissing: true },
]

import type { OperatorCase } from '../operator-case.ts'

const slow = `${'a'.repeat(40)}!`

export const cases: readonly OperatorCase[] = [
  {
    type: 'text',
    operand: '^[A-Z]{2}-\\d+$',
    matches: ['FR-1', 'DE-0042'],
    differs: ['fr-1', 'FR-', 'xFR-1', 'FR-1\n', ''],
  },
  { type: 'text', operand: 'gmail|hotmail', matches: ['a@gmail.com', 'hotmail'], differs: ['Gmail', 'gmai'] },
  {
    type: 'text',
    operand: 'gmail|STRASSE',
    ignoreCase: true,
    matches: ['GMAIL', 'Strasse'],
    differs: ['Straße', 'gma1l'],
  },
  {
    type: 'text',
    operand: '^[^a-c]$',
    ignoreCase: true,
    matches: ['d', 'É', '1', '\n'],
    differs: ['A', 'b', ''],
  },
  // The Kelvin sign and the long s fold to k and s beyond ASCII.
  {
    type: 'text',
    operand: '^[j-l]s$',
    ignoreCase: true,
    matches: ['ks', 'KS'],
    differs: ['\u212as', 'k\u017f'],
  },
  { type: 'text', operand: '^.$', matches: ['a', '\n', '𝒳', 'é'], differs: ['', 'ab', 'e\u0301'] },
  { type: 'text', operand: '\\bpro\\b', matches: ['a pro', 'pro-plan', 'épro'], differs: ['prod', '1pro'] },
  {
    type: 'text',
    operand: '^\\s\\w\\d\\S\\W\\D$',
    matches: ['\ta1x-x'],
    differs: ['\va1x-x', 'aa1x-x', '\u00a0a1x-x'],
  },
  { type: 'text', operand: '^(a+)+$', matches: ['aaa'], differs: [slow] },
  { type: 'text', operand: '^(?:a|aa)+?$', matches: ['aaa'], differs: [slow] },
  {
    type: 'text',
    operand: "^'\\.\\[%_\\]\\}\\{$",
    matches: ["'.[%_]}{"],
    differs: ["''.[%_]}{", "'x[%_]}{"],
  },
  { type: 'text', operand: '^[\\d\\-\\]a-]{2,3}$', matches: ['1-', ']a-'], differs: ['b1', '1234', '1'] },
  { type: 'text', operand: '(?:.{10}){100}', matches: ['x'.repeat(1000)], differs: ['x'.repeat(999)] },
]

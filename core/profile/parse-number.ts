import { Refusal, type Checked } from './refusal.ts'

/** How numbers are written: which mark groups thousands and which one starts the decimals. Spaces include the no-break ones. */
const writings = {
  plain: { shape: /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/, groups: /$^/g, decimal: '.' },
  '1,234.5': {
    shape: /^[+-]?\d{1,3}(?:,?\d{3})*(?:\.\d+)?$|^[+-]?\d+(?:\.\d+)?$/,
    groups: /,/g,
    decimal: '.',
  },
  '1.234,5': {
    shape: /^[+-]?\d{1,3}(?:\.?\d{3})*(?:,\d+)?$|^[+-]?\d+(?:,\d+)?$/,
    groups: /\./g,
    decimal: ',',
  },
  '1 234,5': {
    shape: /^[+-]?\d{1,3}(?:[ \u00a0\u202f]?\d{3})*(?:,\d+)?$|^[+-]?\d+(?:,\d+)?$/,
    groups: /[ \u00a0\u202f]/g,
    decimal: ',',
  },
} as const

export type NumberWriting = keyof typeof writings

/** Reads a number as it is written in `writing`; refuses anything else, and what no double can hold: `not_a_number`. */
export function parseNumber(text: string, writing: NumberWriting): Checked<number> {
  const { shape, groups, decimal } = writings[writing]
  // The longest double written out in full has 310 digits before its point; a longer text is no quantity of anything.
  const written = text.trim().replace('\u2212', '-')
  if (written.length > 350 || !shape.test(written)) return new Refusal('not_a_number')
  const value = Number(writing === 'plain' ? written : written.replace(groups, '').replace(decimal, '.'))
  return Number.isFinite(value) ? value : new Refusal('not_a_number')
}

import type { GaqlRow } from './google-ads.ts'

/** The value at a GAQL name ("metrics.cost_micros") in a row of JSON (`metrics.costMicros`); undefined where there is none. */
export function readPath(row: GaqlRow, name: string): unknown {
  let value: unknown = row
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Object.entries(value).find(([key]) => key === toCamelCase(part))?.[1]
  }
  return value
}

/** A text; empty where there is none. Ids stay texts: above 2^53 a number would lose its last digits (trap 13). */
export function readText(row: GaqlRow, name: string): string {
  const value = readPath(row, name)
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** A number, out of a number or a text; null where there is none. */
export function readNumber(row: GaqlRow, name: string): number | null {
  const text = readText(row, name)
  const number = Number(text)
  return text === '' || !Number.isFinite(number) ? null : number
}

const toCamelCase = (name: string): string =>
  name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

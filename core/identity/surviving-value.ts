import type { SurvivorshipRule } from '../manifest/identity.ts'
import type { JsonValue } from '../port/json.ts'

/** What one record tells of a trait; null: it says that there is no value. */
export interface ToldValue {
  readonly value: JsonValue
  /** Epoch milliseconds. */
  readonly versionAt: number
}

/**
 * The value of a trait that survives, and who told it: what the warehouse computes in set operations, for one profile. `told` has what
 * those records tell that have a say, the most trusted record first, which also decides where several are equally good. Null is a value
 * among others, but shorter than any and without items. Of a union, the origin is the most trusted record that has items.
 */
export function survivingValue<Told extends ToldValue>(
  told: readonly Told[],
  rule: SurvivorshipRule,
): { readonly value: JsonValue; readonly origin: Told } | undefined {
  if (rule === 'union') return unionOf(told)
  const scoreOf = scores(told)[rule]
  let best: { readonly origin: Told; readonly score: number } | undefined
  for (const origin of told) {
    const score = scoreOf(origin)
    if (!best || score > best.score) best = { origin, score }
  }
  return best && { value: best.origin.value, origin: best.origin }
}

function scores(
  told: readonly ToldValue[],
): Readonly<Record<Exclude<SurvivorshipRule, 'union'>, (one: ToldValue) => number>> {
  const holders = new Map<string, number>()
  for (const { value } of told) {
    const text = JSON.stringify(value)
    holders.set(text, (holders.get(text) ?? 0) + 1)
  }
  return {
    source_priority: () => 0,
    most_recent: ({ versionAt }) => versionAt,
    most_frequent: ({ value }) => holders.get(JSON.stringify(value)) ?? 0,
    // Characters, as the warehouse counts them, not UTF-16 units.
    longest: ({ value }) => {
      if (value === null) return -1
      return Array.isArray(value) ? value.length : Array.from(textOf(value)).length
    },
  }
}

function unionOf<Told extends ToldValue>(
  told: readonly Told[],
): { readonly value: JsonValue; readonly origin: Told } | undefined {
  const full = told.filter(({ value }) => value !== null)
  const [origin] = full
  if (!origin) return undefined
  const items = full.flatMap(({ value }) => (Array.isArray(value) ? value.map(textOf) : [textOf(value)]))
  return { value: [...new Set(items)].sort(byCodePoint), origin }
}

const textOf = (value: JsonValue): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** The warehouse sorts by UTF-8 bytes, which is by code point. */
function byCodePoint(one: string, other: string): number {
  const [left, right] = [Array.from(one), Array.from(other)]
  for (const [at, sign] of left.entries()) {
    const difference = (sign.codePointAt(0) ?? 0) - (right[at]?.codePointAt(0) ?? -1)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

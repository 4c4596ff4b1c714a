import type { Truth } from './person.ts'

/** Kleene's three-valued "and": one false decides, else one unknown leaves it unknown. True for nothing at all. */
export function allTrue(truths: readonly Truth[]): Truth {
  if (truths.includes(false)) return false
  return truths.includes(null) ? null : true
}

/** Kleene's three-valued "or". False for nothing at all. */
export function anyTrue(truths: readonly Truth[]): Truth {
  if (truths.includes(true)) return true
  return truths.includes(null) ? null : false
}

export function opposite(truth: Truth): Truth {
  return truth === null ? null : !truth
}

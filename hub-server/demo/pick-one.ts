import type { Random } from '../../core/port/clock.ts'

/** One of several, all alike probable. The list must not be empty. */
export function pickOne<One>(items: readonly One[], random: Random): One {
  const item = items[Math.floor(random() * items.length)]
  if (item === undefined) throw new RangeError('nothing to pick from')
  return item
}

/** True in `share` of the cases. */
export function isLucky(share: number, random: Random): boolean {
  return random() < share
}

import type { Random } from '../../core/port/clock.ts'

/** Randomness that is the same on every machine: mulberry32 by Tommy Ettinger (public domain), 32 bits of state. */
export function createSeededRandom(seed: number): Random {
  let state = Math.trunc(seed)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

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

import type { Random } from '../port/clock.ts'

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

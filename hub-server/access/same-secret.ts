import { timingSafeEqual } from 'node:crypto'
import { sha256 } from '../store/sha256.ts'

/**
 * Compares two secrets through their digests, in a time that tells neither their content nor their length.
 */
export function isSameSecret(left: string, right: string): boolean {
  return timingSafeEqual(Buffer.from(sha256(left), 'hex'), Buffer.from(sha256(right), 'hex'))
}

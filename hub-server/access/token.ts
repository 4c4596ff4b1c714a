import { randomBytes } from 'node:crypto'

/** 256 bits: nobody guesses one in the life of anything. */
const tokenBytes = 32

/** A fresh secret of 256 random bits, in characters that addresses, headers and cookies take. `prefix` tells readers what it is. */
export function createToken(prefix = ''): string {
  return prefix + randomBytes(tokenBytes).toString('base64url')
}

import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import { nameKey } from '../store/name-key.ts'

/** Argon2id as OWASP recommends it: 19 MiB, two passes, one lane (Password Storage Cheat Sheet). */
const cost = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const
const saltBytes = 16

/** Characters. NIST SP 800-63B-4 asks for 8 at least and for 15 where nothing else is shown; the upper bound is against abuse. */
const bounds = { least: 12, most: 256 } as const

const derive = promisify(argon2)

/** The hash of a password in the PHC form: "$argon2id$v=19$m=19456,t=2,p=1$salt$hash". */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(saltBytes)
  const tag = await deriveTag(password, nonce)
  const { memory, passes, parallelism } = cost
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${toText(nonce)}$${toText(tag)}`
}

/**
 * True when the password is the one that was hashed. Without a hash it does the same work and says no, so that the time of an answer
 * does not tell who has an account.
 */
export async function isPassword(password: string, hash: string | undefined): Promise<boolean> {
  const [, , , , salt = '', tag = ''] = (hash ?? '').split('$')
  const nonce = salt === '' ? Buffer.alloc(saltBytes) : Buffer.from(salt, 'base64')
  // Longer than any password of ours: the work stays the same, the answer is no.
  const shown = await deriveTag(password.slice(0, bounds.most + 1), nonce)
  const known = Buffer.from(tag, 'base64')
  return known.length === shown.length && timingSafeEqual(known, shown)
}

/** Throws `access.password_weak` for a password that is too short, too long, of too few signs, or holds the name. */
export function checkPassword(password: string, name: string): void {
  const isFit =
    password.length >= bounds.least &&
    password.length <= bounds.most &&
    new Set(password).size >= 5 &&
    !nameKey(password).includes(nameKey(name))
  if (!isFit) throw new AffluentError('access.password_weak', bounds)
}

/** Different keyboards write the same letters in different ways: NFKC makes them one. */
async function deriveTag(password: string, nonce: Uint8Array): Promise<Buffer> {
  return derive('argon2id', { ...cost, message: password.normalize('NFKC'), nonce })
}

const toText = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '')

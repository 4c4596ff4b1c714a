import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { AffluentError } from '../../core/errors/affluent-error.ts'

const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16

/** Seals secrets for storage: AES-256-GCM with a fresh 96-bit nonce, bound to the place they are stored at. */
export interface SecretBox {
  /** `place` names table, row and revision: a sealed text moved elsewhere cannot be opened. */
  seal(secret: string, place: string): string
  /** Throws `store.damaged` when the text was altered, moved, or sealed with another key. */
  open(sealed: string, place: string): string
}

export function createSecretBox(key: Uint8Array): SecretBox {
  return {
    seal(secret, place) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(place))
      const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64')
    },
    open(sealed, place) {
      const bytes = Buffer.from(sealed, 'base64')
      const nonce = bytes.subarray(0, nonceBytes)
      const tag = bytes.subarray(nonceBytes, nonceBytes + tagBytes)
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
        decipher.setAAD(Buffer.from(place)).setAuthTag(tag)
        return Buffer.concat([
          decipher.update(bytes.subarray(nonceBytes + tagBytes)),
          decipher.final(),
        ]).toString('utf8')
      } catch (error) {
        throw new AffluentError(
          'store.damaged',
          { act: 'opening a sealed secret', reason: 'wrong key or altered' },
          { cause: error },
        )
      }
    },
  }
}

/** The key from the environment (base64), else from the workspace's key file, which is made, readable by its owner only, when missing. */
export function readSecretKey(fromEnvironment: string | undefined, file: string): Uint8Array {
  if (fromEnvironment !== undefined) return Buffer.from(fromEnvironment, 'base64')
  if (!existsSync(file))
    writeFileSync(file, randomBytes(keyBytes).toString('base64'), { mode: 0o600, flag: 'wx' })
  chmodSync(file, 0o600)
  const key = Buffer.from(readFileSync(file, 'utf8'), 'base64')
  if (key.length === keyBytes) return key
  throw new AffluentError('store.damaged', {
    act: 'reading the key of the secrets',
    file,
    reason: 'it is no key',
  })
}

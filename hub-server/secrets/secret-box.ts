import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Sealer } from '../../core/port/sealer.ts'

const nonceBytes = 12
const tagBytes = 16

/** Seals with one key: AES-256-GCM (NIST SP 800-38D) with a fresh 96-bit nonce; the place is authenticated with the text. */
export function createSecretBox(key: Uint8Array): Sealer {
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

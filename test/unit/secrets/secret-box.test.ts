import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSecretBox } from '../../../hub-server/secrets/secret-box.ts'

const box = createSecretBox(new Uint8Array(32).fill(1))

describe('secret box', () => {
  it('gives back what was sealed, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (secret, place) => {
        const wellFormed = secret.toWellFormed()
        expect(box.open(box.seal(wellFormed, place), place)).toBe(wellFormed)
      }),
    )
  })

  it('refuses a text that was moved to another place, altered, or sealed with another key', () => {
    const sealed = box.seal('token', 'platform_grant/crm/1')
    expect(() => box.open(sealed, 'platform_grant/crm/2')).toThrow('store.damaged')
    expect(() => createSecretBox(new Uint8Array(32).fill(2)).open(sealed, 'platform_grant/crm/1')).toThrow(
      'store.damaged',
    )
    const bytes = Buffer.from(sealed, 'base64')
    for (let position = 0; position < bytes.length; position += 1) {
      const altered = Buffer.from(bytes)
      altered[position] = (altered[position] ?? 0) ^ 1
      expect(() => box.open(altered.toString('base64'), 'platform_grant/crm/1')).toThrow('store.damaged')
    }
  })

  it('never uses a nonce twice', () => {
    const nonces = Array.from({ length: 10_000 }, () => box.seal('x', 'y').slice(0, 16))
    expect(new Set(nonces).size).toBe(10_000)
  })
})

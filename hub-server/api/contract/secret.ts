import { z } from 'zod'
import type { KeyPurpose, Rotation } from '../../../core/port/secret-store.ts'
import { describeRoute } from './describe-route.ts'
import { instant, wire } from './wire.ts'

/** A key that secrets are sealed with; never the key itself. */
export interface SecretKeyDocument {
  readonly purpose: KeyPurpose
  readonly version: number
  readonly createdAt: number
}

export const listSecretKeys = describeRoute({
  name: 'secrets.list',
  method: 'GET',
  path: '/v1/secrets/keys',
  permission: 'operation:read',
  summary: 'The keys that secrets are sealed with: what for, and since when.',
  answer: wire<{ readonly keys: readonly SecretKeyDocument[] }>({
    keys: z.array(
      wire<SecretKeyDocument>({
        purpose: z.enum(['access', 'erasure', 'digest', 'audit']),
        version: z.int(),
        createdAt: instant,
      }),
    ),
  }),
  example: { answer: { keys: [{ purpose: 'access', version: 2, created_at: '2026-11-22T08:00:00.000Z' }] } },
})

export const rotateSecretKeys = describeRoute({
  name: 'secrets.rotate',
  method: 'POST',
  path: '/v1/secrets/rotation',
  permission: 'operation:write',
  recentProof: true,
  summary:
    'Seals every secret with new keys while work goes on, and destroys the keys before the last rotation.',
  answer: wire<Rotation>({ resealed: z.int(), overtaken: z.int(), wrappingKeyReplaced: z.boolean() }),
  example: { answer: { resealed: 5, overtaken: 0, wrapping_key_replaced: true } },
})

export const secretContracts = [listSecretKeys, rotateSecretKeys]

import { z } from 'zod'
import { objectName } from '../../../core/manifest/name.ts'
import type { WriteKey } from '../../../core/port/write-keys.ts'
import { describeRoute } from './describe-route.ts'
import { instant, nameText, wire } from './wire.ts'

/** Hours that a key which is replaced goes on working when nobody says how long, and at most. */
export const overlapHours = { usual: 24, most: 720 } as const

const keyContract = wire<WriteKey>({
  id: z.string(),
  source: z.string(),
  createdAt: instant,
  createdBy: z.string(),
  revokedAt: instant.nullable(),
})

/** A key that was just made. `key` is told here and never again. */
export interface MadeWriteKey {
  readonly key: string
  readonly made: WriteKey
}
const madeFields = { key: z.string(), made: keyContract }

const byId = wire<{ readonly id: string }>({ id: nameText })
const exampleKey = {
  id: '3f9a1c2b7d4e',
  source: 'website',
  created_at: '2026-11-22T08:00:00.000Z',
  created_by: 'user:Ada',
  revoked_at: null,
} as const

export const listWriteKeys = describeRoute({
  name: 'keys.list',
  method: 'GET',
  path: '/v1/write-keys',
  permission: 'keys:read',
  summary: 'The keys that clients send events with, oldest first, those included that ended.',
  answer: wire<{ readonly keys: readonly WriteKey[] }>({ keys: z.array(keyContract) }),
  example: { answer: { keys: [exampleKey] } },
})

export const makeWriteKey = describeRoute({
  name: 'keys.make',
  method: 'POST',
  path: '/v1/write-keys',
  permission: 'keys:write',
  summary: 'Makes a key that clients send events with; it is told in this answer and never again.',
  status: 201,
  body: wire<{ readonly source: string }>({ source: objectName }),
  answer: wire<MadeWriteKey>(madeFields),
  example: { body: { source: 'website' }, answer: { key: 'wk_…', made: exampleKey } },
})

/** A key in place of another one, which ends when its overlap is over. */
export interface RotatedWriteKey extends MadeWriteKey {
  readonly former: WriteKey
}

export const rotateWriteKey = describeRoute({
  name: 'keys.rotate',
  method: 'POST',
  path: '/v1/write-keys/{id}/rotate',
  permission: 'keys:write',
  summary:
    'Makes a key for the source of another one, which goes on working for some hours, so that no client is cut off.',
  status: 201,
  params: byId,
  body: wire<{ readonly overlapHours?: number }>({
    overlapHours: z.int().min(0).max(overlapHours.most).exactOptional(),
  }),
  answer: wire<RotatedWriteKey>({ ...madeFields, former: keyContract }),
  errors: ['api.object_unknown'],
  example: {
    params: { id: exampleKey.id },
    body: { overlap_hours: 24 },
    answer: {
      key: 'wk_…',
      made: { ...exampleKey, id: '90ab12cd34ef' },
      former: { ...exampleKey, revoked_at: '2026-11-23T08:00:00.000Z' },
    },
  },
})

export const revokeWriteKey = describeRoute({
  name: 'keys.revoke',
  method: 'POST',
  path: '/v1/write-keys/{id}/revoke',
  permission: 'keys:write',
  summary: 'Ends a write key: what is sent with it from now on is refused.',
  params: byId,
  answer: wire<{ readonly id: string }>({ id: z.string() }),
  errors: ['api.object_unknown'],
  example: { params: { id: exampleKey.id }, answer: { id: exampleKey.id } },
})

export const keyContracts = [listWriteKeys, makeWriteKey, rotateWriteKey, revokeWriteKey]

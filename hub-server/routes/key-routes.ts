import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import { createToken } from '../access/token.ts'
import {
  listWriteKeys,
  makeWriteKey,
  overlapHours as hours,
  revokeWriteKey,
  rotateWriteKey,
  type MadeWriteKey,
} from '../api/contract/key.ts'
import { defineRoute, type Route } from '../api/define-route.ts'
import { sha256 } from '../store/sha256.ts'
import type { HubDesk } from './hub-desk.ts'

const hourMs = 3_600_000

/** The routes under /v1/write-keys. */
export function createKeyRoutes({ hub: { control }, clock }: HubDesk): readonly Route[] {
  return [
    defineRoute(listWriteKeys, async () => ({ keys: await control.writeKeys() })),
    defineRoute(makeWriteKey, ({ body: { source }, actor }) =>
      makeKey(control, source, { at: clock.now(), actor }),
    ),
    defineRoute(rotateWriteKey, async ({ params: { id }, body, actor }) => {
      const { overlapHours = hours.usual } = body
      const by = { at: clock.now(), actor }
      const key = (await control.writeKeys()).find((one) => one.id === id)
      const endsAt = by.at + overlapHours * hourMs
      if (!key || (key.revokedAt !== null && key.revokedAt <= by.at))
        throw new AffluentError('api.object_unknown')
      const { key: secret, made } = await makeKey(control, key.source, by)
      // A key that ends sooner anyway keeps its end.
      const revokedAt = Math.min(key.revokedAt ?? Infinity, endsAt)
      await control.revokeWriteKey(id, revokedAt)
      const details = { by: made.id, endsAt: revokedAt }
      await control.appendAudit({
        ...by,
        action: 'write_key_rotated',
        object: `write_key/${id}`,
        details,
      })
      return { key: secret, made, former: { ...key, revokedAt } }
    }),
    defineRoute(revokeWriteKey, async ({ params: { id }, actor }) => {
      const at = clock.now()
      if (!(await control.revokeWriteKey(id, at))) throw new AffluentError('api.object_unknown')
      const object = `write_key/${id}`
      await control.appendAudit({ at, actor, action: 'write_key_revoked', object, details: {} })
      return { id }
    }),
  ]
}

async function makeKey(
  control: ControlStore,
  source: string,
  { at, actor }: { readonly at: number; readonly actor: string },
): Promise<MadeWriteKey> {
  const key = createToken('wk_')
  const made = await control.addWriteKey(sha256(key), { source, createdAt: at, createdBy: actor })
  await control.appendAudit({
    at,
    actor,
    action: 'write_key_created',
    object: `write_key/${made.id}`,
    details: { source },
  })
  return { key, made }
}

import { listSecretKeys, rotateSecretKeys } from '../api/contract/secret.ts'
import { defineRoute, type Route } from '../api/define-route.ts'
import { rotateSecrets } from '../secrets/rotate-secrets.ts'
import type { HubDesk } from './hub-desk.ts'

/** /v1/secrets: the keys that secrets are sealed with. */
export function createSecretRoutes({ hub, clock }: Pick<HubDesk, 'hub' | 'clock'>): readonly Route[] {
  const { control, dataKeys, ownKeyFile } = hub
  return [
    defineRoute(listSecretKeys, async () => {
      const stored = await control.wrappedKeys()
      return { keys: stored.map(({ purpose, version, createdAt }) => ({ purpose, version, createdAt })) }
    }),
    defineRoute(rotateSecretKeys, ({ actor }) =>
      rotateSecrets({ control, dataKeys, ownKeyFile, clock, actor }),
    ),
  ]
}

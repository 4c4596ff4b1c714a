import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { ApiKey } from '../../core/port/api-keys.ts'
import { sha256 } from '../store/sha256.ts'
import { permits, type ApiKeyScope } from './permissions.ts'
import { toActor, type Principal, type UserPrincipal } from './principal.ts'
import { requireRecentProof } from './recent-proof.ts'
import { requirePermission } from './require-permission.ts'
import type { AccessPorts } from './second-person.ts'
import { createToken } from './token.ts'
import { parseUserName } from './user-name.ts'

/** Digits of the digest that name a key. */
const idDigits = 12

const dayMs = 86_400_000

/** Days a key is in force when nobody says how long, and at most. */
export const keyDays = { usual: 90, most: 366 } as const

export interface WantedKey {
  readonly name: string
  readonly scopes: readonly ApiKeyScope[]
  readonly days: number
}

/** Makes a key. It is told once, here; its digest is kept. Throws `access.name_unusable`, `api.not_allowed` for a scope beyond one's own. */
export async function makeApiKey(
  { control, clock }: AccessPorts,
  principal: Principal,
  { name: given, scopes, days }: WantedKey,
): Promise<{ readonly key: string; readonly made: ApiKey }> {
  requirePermission(principal, 'access:write')
  const beyond = scopes.find((scope) => !permits(principal, scope))
  if (beyond !== undefined) throw new AffluentError('api.not_allowed', { permission: beyond })
  const name = parseUserName(given)
  const key = createToken('ak_')
  const digest = sha256(key)
  const createdAt = clock.now()
  const made: ApiKey = {
    id: digest.slice(0, idDigits),
    name,
    scopes: [...new Set(scopes)].sort(),
    createdAt,
    createdBy: toActor(principal),
    expiresAt: createdAt + days * dayMs,
    usedAt: null,
    revokedAt: null,
  }
  const added = await control.addApiKey(digest, made, {
    at: createdAt,
    actor: made.createdBy,
    action: 'api_key_created',
    object: `api_key/${name}`,
    details: { id: made.id, scopes: made.scopes, expiresAt: made.expiresAt },
  })
  if (!added) throw new AffluentError('access.name_unusable')
  return { key, made }
}

/** Keys in force that somebody made, oldest first. */
export async function listOwnKeys(
  { control, clock }: AccessPorts,
  principal: UserPrincipal,
): Promise<readonly ApiKey[]> {
  const keys = await control.apiKeys()
  return keys.filter(
    (key) => key.createdBy === toActor(principal) && key.revokedAt === null && key.expiresAt > clock.now(),
  )
}

/**
 * Ends a key that somebody made themselves: they answer for it, whatever their role is now. Throws `api.object_unknown`, `access.proof_needed`.
 */
export async function endOwnKey(ports: AccessPorts, principal: UserPrincipal, id: string): Promise<void> {
  requireRecentProof(principal)
  const own = await listOwnKeys(ports, principal)
  if (!own.some((key) => key.id === id)) throw new AffluentError('api.object_unknown')
  await revoke(ports, principal, id)
}

/** Ends a key at once. Throws `api.object_unknown`. */
export async function endApiKey(ports: AccessPorts, principal: Principal, id: string): Promise<void> {
  requirePermission(principal, 'access:write')
  await revoke(ports, principal, id)
}

async function revoke({ control, clock }: AccessPorts, principal: Principal, id: string): Promise<void> {
  const key = (await control.apiKeys()).find((kept) => kept.id === id)
  const at = clock.now()
  const fact = {
    at,
    actor: toActor(principal),
    action: 'api_key_revoked',
    object: `api_key/${key?.name ?? id}`,
    details: { id },
  }
  if (!(await control.revokeApiKey(id, at, fact))) throw new AffluentError('api.object_unknown')
}

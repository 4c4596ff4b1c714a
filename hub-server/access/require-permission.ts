import { AffluentError } from '../../core/errors/affluent-error.ts'
import { permits, type Permission } from './permissions.ts'
import type { Principal } from './principal.ts'

/** Throws `api.not_signed_in` when nobody is there, `api.not_allowed` when they may not. */
export function requirePermission(
  principal: Principal | undefined,
  permission: Permission,
): asserts principal is Principal {
  if (!principal) throw new AffluentError('api.not_signed_in')
  if (!permits(principal, permission)) throw new AffluentError('api.not_allowed', { permission })
}

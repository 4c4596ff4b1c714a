import type { Principal } from '../access/principal.ts'
import { requirePermission } from '../access/require-permission.ts'

const profileId = /^p_\d{1,18}$/

/**
 * Throws `api.not_allowed` when somebody without `people:read` names a person by anything but a profile id: whether the hub knows an
 * address would be an answer about its owner.
 */
export function refuseSearch(principal: Principal, person: string): void {
  if (!profileId.test(person)) requirePermission(principal, 'people:read')
}

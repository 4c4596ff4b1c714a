import { randomUUID } from 'node:crypto'
import { canonicalJson } from '../../core/audit/canonical-json.ts'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Role, User } from '../../core/port/access-store.ts'
import { sha256 } from '../store/sha256.ts'
import { checkPassword, hashPassword } from './password.ts'
import { toActor, type Principal } from './principal.ts'
import { requirePermission } from './require-permission.ts'
import { requireSecondPerson, type AccessPorts, type Allowed } from './second-person.ts'
import { createToken } from './token.ts'
import { parseUserName } from './user-name.ts'

/** How long a link waits for its person, in milliseconds. */
const linkMs = 24 * 3_600_000

export interface NewUser {
  readonly name: string
  readonly role: Role
  readonly email: string | null
}

/** A link's token is told once, here, and kept nowhere. */
export interface IssuedLink {
  readonly token: string
  readonly expiresAt: number
}

/** Makes a user who chooses a password by a link. Throws `access.name_unusable`, `access.second_person_needed`. */
export async function inviteUser(
  ports: AccessPorts,
  principal: Principal,
  wanted: NewUser,
): Promise<{ readonly user: User; readonly link: IssuedLink }> {
  const name = parseUserName(wanted.name)
  if (await ports.control.userByName(name)) throw new AffluentError('access.name_unusable')
  const { role, email } = wanted
  const allowed = await askForGrant(ports, principal, name, { invite: name, role, email })
  const user: User = {
    id: randomUUID(),
    name,
    role,
    email,
    state: 'invited',
    identity: null,
    createdAt: ports.clock.now(),
    createdBy: toActor(principal),
  }
  const fact = toFact(ports, principal, { action: 'user_invited', name, details: { role, ...allowed } })
  if (!(await ports.control.createUser(user, { fact }))) throw new AffluentError('access.name_unusable')
  return { user, link: await issueLink(ports, principal, user) }
}

/** Gives a role. All sessions of the user end. Throws `api.object_unknown`, `access.last_admin`, `access.second_person_needed`. */
export async function changeRole(
  ports: AccessPorts,
  principal: Principal,
  { id, role }: Pick<User, 'id' | 'role'>,
): Promise<User> {
  const user = await findUser(ports, id)
  if (user.role === role) return user
  if (role !== 'admin') await keepAnAdmin(ports, user)
  const change = { user: user.id, from: user.role, role }
  const allowed = await askForGrant(ports, principal, user.name, change)
  const details = { from: user.role, to: role, ...allowed }
  const fact = toFact(ports, principal, { action: 'role_changed', name: user.name, details })
  await ports.control.changeUser(user.id, { role }, { fact })
  return { ...user, role }
}

/** Takes all access away at once. The name stays known to the audit log. Throws `api.object_unknown`, `access.last_admin`. */
export async function removeUser(ports: AccessPorts, principal: Principal, id: string): Promise<User> {
  requirePermission(principal, 'access:write')
  const user = await findUser(ports, id)
  await keepAnAdmin(ports, user)
  const fact = toFact(ports, principal, { action: 'user_removed', name: user.name, details: {} })
  await ports.control.changeUser(user.id, { state: 'removed', email: null }, { fact })
  return { ...user, state: 'removed', email: null }
}

/** A new link for somebody who lost theirs or their password. Throws `api.object_unknown`, `access.second_person_needed`. */
export async function renewLink(ports: AccessPorts, principal: Principal, id: string): Promise<IssuedLink> {
  const user = await findUser(ports, id)
  // Who can set another's password can act as them: it weighs as much as giving their role.
  await askForGrant(ports, principal, user.name, { link: user.id, role: user.role })
  return issueLink(ports, principal, user)
}

/** A link that makes an administrator: for the machine's owner, at the first start and when nobody can sign in any more. */
export async function issueAdminLink(ports: AccessPorts, principal: Principal): Promise<IssuedLink> {
  if (principal.kind !== 'local') throw new AffluentError('api.not_allowed', { permission: 'access:write' })
  return issueLink(ports, principal, undefined)
}

/** True before anybody can sign in. */
export async function isWithoutUsers({ control }: Pick<AccessPorts, 'control'>): Promise<boolean> {
  return (await control.users()).every(({ state }) => state !== 'active')
}

/** Sets a new password of one's own. All sessions of the user end. Throws `access.password_weak`. */
export async function changePassword(ports: AccessPorts, user: User, password: string): Promise<void> {
  checkPassword(password, user.name)
  const fact = {
    at: ports.clock.now(),
    actor: `user:${user.name}`,
    action: 'password_changed',
    object: `user/${user.name}`,
    details: {},
  }
  await ports.control.changeUser(user.id, { password: await hashPassword(password) }, { fact })
}

async function issueLink(
  { control, clock }: AccessPorts,
  principal: Principal,
  user: User | undefined,
): Promise<IssuedLink> {
  const token = createToken()
  const [createdAt, createdBy] = [clock.now(), toActor(principal)]
  const expiresAt = createdAt + linkMs
  await control.createLink(
    { digest: sha256(token), userId: user?.id ?? null, createdAt, createdBy, expiresAt },
    {
      at: createdAt,
      actor: createdBy,
      action: 'access_link_created',
      object: user ? `user/${user.name}` : 'access/first_admin',
      details: { role: user?.role ?? 'admin' },
    },
  )
  return { token, expiresAt }
}

async function askForGrant(
  ports: AccessPorts,
  principal: Principal,
  name: string,
  grant: Readonly<Record<string, string | null>>,
): Promise<Allowed> {
  const digest = sha256(canonicalJson(grant))
  return requireSecondPerson(ports, { principal, kind: 'role_grant', object: `user/${name}`, digest })
}

async function findUser({ control }: AccessPorts, id: string): Promise<User> {
  const user = await control.user(id)
  if (!user || user.state === 'removed') throw new AffluentError('api.object_unknown')
  return user
}

/** Throws `access.last_admin` when this is the only administrator who can sign in. */
async function keepAnAdmin({ control }: AccessPorts, user: User): Promise<void> {
  const admins = (await control.users()).filter(isAdmin)
  if (isAdmin(user) && admins.length === 1) throw new AffluentError('access.last_admin')
}

const isAdmin = ({ role, state }: User): boolean => role === 'admin' && state === 'active'

function toFact(
  { clock }: AccessPorts,
  principal: Principal,
  {
    action,
    name,
    details,
  }: { action: string; name: string; details: Readonly<Record<string, string | null>> },
): Parameters<AccessPorts['control']['appendAudit']>[0] {
  return { at: clock.now(), actor: toActor(principal), action, object: `user/${name}`, details }
}

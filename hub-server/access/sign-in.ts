import { randomUUID } from 'node:crypto'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import { toNetwork } from '../../core/network/client-network.ts'
import type { AccessLink, User } from '../../core/port/access-store.ts'
import { sha256 } from '../store/sha256.ts'
import type { AttemptLimit } from './attempt-limit.ts'
import { checkPassword, hashPassword, isPassword } from './password.ts'
import type { AccessPorts } from './second-person.ts'
import { parseUserName } from './user-name.ts'

export interface SignInPorts extends AccessPorts {
  readonly limit: AttemptLimit
}

export interface TypedPassword {
  readonly name: string
  readonly password: string
  /** Where the request came from. */
  readonly address: string
}

/**
 * Who signs in with this name and password. Throws `access.sign_in_refused` alike, after the same work, for an unknown name, a wrong
 * password and somebody who has none, and `api.too_many_requests`.
 */
export async function signIn(
  { control, clock, limit }: SignInPorts,
  { name, password, address }: TypedPassword,
): Promise<User> {
  await limit.take(name, address)
  const user = await control.userByName(name)
  const hash = await control.passwordHash(user?.id ?? '')
  const isRight = await isPassword(password, hash)
  if (user?.state === 'active' && isRight) {
    await limit.forgive(name)
    return user
  }
  // The name that was typed may be a password in the wrong field: it is not kept.
  await control.appendAudit({
    at: clock.now(),
    actor: 'hub',
    action: 'sign_in_refused',
    object: 'access/sign_in',
    details: { network: toNetwork(address, 'audit') },
  })
  throw new AffluentError('access.sign_in_refused')
}

/** The link as it stands, and for whom. Throws `access.link_unusable`. */
export async function findLink(
  { control, clock }: AccessPorts,
  token: string,
): Promise<{ readonly link: AccessLink; readonly user: User | undefined }> {
  const link = await control.link(sha256(token), clock.now())
  const user = link && link.userId !== null ? await control.user(link.userId) : undefined
  if (!link || (link.userId !== null && (user === undefined || user.state === 'removed')))
    throw new AffluentError('access.link_unusable')
  return { link, user }
}

/**
 * Uses a link up: its person, or a new administrator, has the password from now on. Throws `access.link_unusable`,
 * `access.password_weak`, `access.name_unusable`.
 */
export async function redeemLink(
  ports: AccessPorts,
  token: string,
  chosen: { readonly name: string; readonly password: string },
): Promise<User> {
  const { link, user } = await findLink(ports, token)
  const name = user?.name ?? parseUserName(chosen.name)
  checkPassword(chosen.password, name)
  if (!user && (await ports.control.userByName(name))) throw new AffluentError('access.name_unusable')
  const password = await hashPassword(chosen.password)
  const at = ports.clock.now()
  const fact = { at, actor: `user:${name}`, action: 'access_link_used', object: `user/${name}` }
  if (user) {
    const change = { state: 'active', password } as const
    const done = await ports.control.changeUser(user.id, change, {
      fact: { ...fact, details: { role: user.role } },
      link: link.digest,
    })
    if (!done) throw new AffluentError('access.link_unusable')
    return { ...user, state: 'active' }
  }
  const admin: User = {
    id: randomUUID(),
    name,
    email: null,
    role: 'admin',
    state: 'active',
    identity: null,
    createdAt: at,
    createdBy: link.createdBy,
  }
  const how = { fact: { ...fact, details: { role: 'admin' } }, password, link: link.digest }
  if (!(await ports.control.createUser(admin, how))) throw new AffluentError('access.link_unusable')
  return admin
}

import { randomUUID } from 'node:crypto'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Role, User } from '../../core/port/access-store.ts'
import type { ProvenPerson } from './oidc-client.ts'
import type { AccessPorts } from './second-person.ts'
import { parseUserName } from './user-name.ts'

/** Numbers tried behind a name that is taken. */
const mostNamesakes = 99

/**
 * The user that a person of the identity provider is here: found by issuer and subject, never by e-mail, and made at their first sign-in.
 * Their role follows the provider's groups each time. Throws `access.identity_refused` for who was removed, or fits no rule.
 */
export async function admitPerson(ports: AccessPorts, person: ProvenPerson): Promise<User> {
  const known = await ports.control.userByIdentity(person.identity)
  if (person.role === undefined || known?.state === 'removed')
    throw new AffluentError('access.identity_refused')
  return known ? follow(ports, known, person, person.role) : join(ports, person, person.role)
}

async function follow(
  { control, clock }: AccessPorts,
  user: User,
  { email }: ProvenPerson,
  role: Role,
): Promise<User> {
  if (user.role === role && user.email === email) return user
  const fact = {
    at: clock.now(),
    actor: 'hub',
    action: 'role_followed',
    object: `user/${user.name}`,
    details: { from: user.role, to: role, emailChanged: user.email !== email },
  }
  await control.changeUser(user.id, { role, email }, { fact })
  return { ...user, role, email }
}

async function join({ control, clock }: AccessPorts, person: ProvenPerson, role: Role): Promise<User> {
  const at = clock.now()
  const { identity, email } = person
  for (const name of namesFor(person)) {
    const user: User = {
      id: randomUUID(),
      name,
      email,
      role,
      state: 'active',
      identity,
      createdAt: at,
      createdBy: 'hub',
    }
    const details = { role, issuer: identity.issuer }
    const fact = { at, actor: 'hub', action: 'user_joined', object: `user/${name}`, details }
    if (await control.createUser(user, { fact })) return user
  }
  throw new AffluentError('access.identity_refused')
}

/** Names to try: the person's own, and the first of them with a number behind it. */
function* namesFor({ names }: ProvenPerson): Generator<string> {
  const usable = [...names, 'colleague'].flatMap((name) => {
    try {
      return [parseUserName(name)]
    } catch (error) {
      if (error instanceof AffluentError) return []
      throw error
    }
  })
  yield* usable.slice(0, Math.max(1, usable.length - 1))
  for (let number = 2; number <= mostNamesakes; number += 1) yield `${usable[0]?.slice(0, 60)} ${number}`
}

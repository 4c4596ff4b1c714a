import { AffluentError } from '../../core/errors/affluent-error.ts'
import { toNetwork } from '../../core/network/client-network.ts'
import type { User } from '../../core/port/access-store.ts'
import { isPassword } from './password.ts'
import type { UserPrincipal } from './principal.ts'
import type { AccessPorts } from './second-person.ts'
import type { SignInPorts } from './sign-in.ts'

/** Who proves again that it is them, and where from. */
export interface Prover {
  readonly principal: UserPrincipal
  readonly address: string
}

/**
 * The user of a session, when the password is theirs. Attempts count with those of signing in. Throws `access.sign_in_refused`,
 * `api.too_many_requests`.
 */
export async function proveByPassword(ports: SignInPorts, prover: Prover, password: string): Promise<User> {
  const { control, limit } = ports
  const { id, name } = prover.principal
  await limit.take(name, prover.address)
  const [user, hash] = await Promise.all([control.user(id), control.passwordHash(id)])
  if (user?.state !== 'active' || !(await isPassword(password, hash))) {
    await noteRefusedProof(ports, prover)
    throw new AffluentError('access.sign_in_refused')
  }
  await limit.forgive(name)
  return user
}

/** Tells the audit log that an open session could not prove whose it is: perhaps somebody else has it. */
export async function noteRefusedProof(
  { control, clock }: AccessPorts,
  { principal: { name }, address }: Prover,
): Promise<void> {
  await control.appendAudit({
    at: clock.now(),
    actor: `user:${name}`,
    action: 'proof_refused',
    object: `user/${name}`,
    details: { network: toNetwork(address, 'audit') },
  })
}

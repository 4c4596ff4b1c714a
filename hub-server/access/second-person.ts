import { randomUUID } from 'node:crypto'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { ApprovalRequest, ApprovalUse, GuardedAct } from '../../core/port/approvals.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import { permits, rolePermissions, type Permission } from './permissions.ts'
import { toActor, type Principal } from './principal.ts'
import { requirePermission } from './require-permission.ts'

/** What whoever asks for the act, or approves it, must be allowed to do. */
const actPermissions: Readonly<Record<GuardedAct, Permission>> = {
  role_grant: 'access:write',
  mass_erase: 'people:erase',
  new_destination: 'manifests:write',
}

/** How long a request waits, and how long an approval holds, in milliseconds. */
const validMs = 24 * 3_600_000

export interface AccessPorts {
  readonly control: ControlStore
  readonly clock: Clock
}

export interface GuardedRequest {
  readonly principal: Principal
  readonly kind: GuardedAct
  /** Kind and name, as in the audit log: "user/Ada". No personal data. */
  readonly object: string
  /** Digest of everything that would be done: another content needs another approval. */
  readonly digest: string
}

/** How a guarded act was allowed; goes into the details of its audit entry. */
export type Allowed = { readonly approvedBy: string } | { readonly approvedBy: null }

/**
 * Lets a guarded act go on when another person approved exactly it; the approval is used up before it. Where fewer than two users could
 * approve it, it goes on alone (`approvedBy: null`). Throws `access.second_person_needed` with the number of the request that now waits.
 */
export async function requireSecondPerson(ports: AccessPorts, request: GuardedRequest): Promise<Allowed> {
  const given = await findSecondPerson(ports, request)
  if (!given) return { approvedBy: null }
  if (await ports.control.useApproval(given.use)) return { approvedBy: given.approvedBy }
  throw toNeeded(await ask(ports, toWanted(request)))
}

/**
 * The same for an act that uses the approval up in its own transaction, so that neither is there without the other. Undefined where the act goes
 * on alone.
 */
export async function findSecondPerson(
  { control, clock }: AccessPorts,
  request: GuardedRequest,
): Promise<{ readonly approvedBy: string; readonly use: ApprovalUse } | undefined> {
  const permission = actPermissions[request.kind]
  requirePermission(request.principal, permission)
  if (!(await needsSecondPerson(control, permission))) return undefined
  const wanted = toWanted(request)
  const [at, actor] = [clock.now(), wanted.requestedBy]
  const found = await control.findApproval(wanted, at)
  if (found?.state === 'approved' && found.decidedBy !== null)
    return {
      approvedBy: found.decidedBy,
      use: { id: found.id, fact: toFact(found, { at, actor, action: 'approval_used' }) },
    }
  throw toNeeded(found ?? (await ask({ control, clock }, wanted)))
}

type Wanted = Pick<ApprovalRequest, 'kind' | 'object' | 'digest' | 'requestedBy'>

const toWanted = ({ principal, kind, object, digest }: GuardedRequest): Wanted => ({
  kind,
  object,
  digest,
  requestedBy: toActor(principal),
})

const toNeeded = ({ id }: ApprovalRequest): AffluentError =>
  new AffluentError('access.second_person_needed', { request: id })

async function ask({ control, clock }: AccessPorts, wanted: Wanted): Promise<ApprovalRequest> {
  const now = clock.now()
  const request: ApprovalRequest = {
    ...wanted,
    // Short enough to be typed; it opens nothing by itself.
    id: randomUUID().slice(0, 8),
    state: 'waiting',
    requestedAt: now,
    expiresAt: now + validMs,
    decidedBy: null,
  }
  await control.createApproval(
    request,
    toFact(request, { at: now, actor: wanted.requestedBy, action: 'approval_requested' }),
  )
  return request
}

export interface Decision {
  readonly id: string
  /** The digest that was looked at. */
  readonly digest: string
  readonly approve: boolean
}

/**
 * Approves or refuses what somebody else asked for. Throws `api.object_unknown`, `run.plan_changed` when the digest is another one,
 * `access.own_request`, `api.not_allowed`.
 */
export async function decideRequest(
  { control, clock }: AccessPorts,
  principal: Principal,
  { id, digest, approve }: Decision,
): Promise<ApprovalRequest> {
  const request = await control.approvalRequest(id)
  if (!request || request.expiresAt <= clock.now()) throw new AffluentError('api.object_unknown')
  requireApprover(principal, actPermissions[request.kind])
  if (request.digest !== digest) throw new AffluentError('run.plan_changed', { run: id })
  const by = toActor(principal)
  if (approve && (await personOf(control, request.requestedBy)) === by)
    throw new AffluentError('access.own_request')
  const state = approve ? 'approved' : 'refused'
  const moved = await control.decideApproval(
    id,
    { state, by },
    toFact(request, {
      at: clock.now(),
      actor: by,
      action: approve ? 'approval_given' : 'approval_refused',
    }),
  )
  if (!moved) throw new AffluentError('api.object_unknown')
  return { ...request, state, decidedBy: by }
}

function toFact(
  { id, kind, object, digest, requestedBy }: ApprovalRequest,
  what: { readonly at: number; readonly actor: string; readonly action: string },
): Parameters<ControlStore['appendAudit']>[0] {
  return { ...what, object, details: { request: id, kind, digest, requestedBy } }
}

/** Approving is for people: a key would approve whatever it is told to. Throws `api.not_allowed`. */
function requireApprover(principal: Principal, permission: Permission): void {
  if (principal.kind === 'api_key' || !permits(principal, permission))
    throw new AffluentError('api.not_allowed', { permission })
}

/** True when there are two users at least who could approve each other's. */
export async function needsSecondPerson(control: ControlStore, permission: Permission): Promise<boolean> {
  const able = (await control.users()).filter(
    ({ state, role }) => state === 'active' && rolePermissions[role].includes(permission),
  )
  return able.length >= 2
}

/** The person who answers for an actor: of an API key, whoever made it. */
export async function personOf(control: ControlStore, actor: string): Promise<string> {
  if (!actor.startsWith('api_key:')) return actor
  const key = (await control.apiKeys()).find(({ name }) => actor === `api_key:${name}`)
  return key?.createdBy ?? actor
}

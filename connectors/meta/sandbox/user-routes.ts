import type { SandboxReply, SandboxRequest, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { graphError, noSuchObject, termsNotAccepted, wrongParameter } from './graph-error.ts'
import { readParameters } from './request-parameters.ts'
import { record, type SandboxAccount } from './sandbox-account.ts'
import { noteSize, settleExchange, type AudienceRecord } from './sandbox-audience.ts'
import { readUserRows, type UserRows } from './user-rows.ts'

/** `/{audience}/users` and `/act_{id}/usersofanyaudience`. Removal is a DELETE, or a POST with `method=DELETE` in its body. */
export function userRoutes(account: SandboxAccount): readonly SandboxRoute[] {
  const users = /^\/v\d+\.\d+\/(?<audience>\d+)\/users$/
  const anywhere = /^\/v\d+\.\d+\/act_\d+\/usersofanyaudience$/
  return [
    { method: 'POST', pattern: users, answer: (request) => writeUsers(account, request) },
    { method: 'DELETE', pattern: users, answer: (request) => writeUsers(account, request) },
    { method: 'POST', pattern: anywhere, answer: (request) => removeAnywhere(account, request) },
    { method: 'DELETE', pattern: anywhere, answer: (request) => removeAnywhere(account, request) },
  ]
}

const isRemoval = (request: SandboxRequest): boolean =>
  request.method === 'DELETE' || String(readParameters(request)['method']).toUpperCase() === 'DELETE'

/** States in which people are taken: normal, expiring, low match rate, many invalid rows, failed replacement. */
const open: readonly number[] = [200, 100, 400, 411, 412, 415]

function writeUsers(account: SandboxAccount, request: SandboxRequest): SandboxReply {
  const id = request.params['audience'] ?? ''
  const audience = account.audiences.get(id)
  if (!audience) return noSuchObject(id)
  const closed = refuseAudience(account, audience)
  if (closed) return closed
  const parameters = readParameters(request)
  const rows = readUserRows(parameters)
  if ('refused' in rows) return rows.refused
  const removal = isRemoval(request)
  const refused = removal ? undefined : refuseRows(audience, rows)
  if (refused) return refused
  const gone = removal ? findMembers(audience, rows) : []
  if (removal && audience.members.size - gone.length < account.smallestAudience)
    return graphError({ code: 2650, subcode: 1_870_047, message: 'The audience would become too small.' })
  const session = account.sessions.take(parameters)
  if ('refused' in session) return session.refused
  // A batch of a session that is over is answered like any other, and has no effect.
  if (!session.dropped) apply(account, audience, { removal, rows, gone })
  return { status: 200, body: toUploadAnswer(id, session.id, rows) }
}

function refuseAudience(account: SandboxAccount, audience: AudienceRecord): SandboxReply | undefined {
  if (!account.termsAccepted) return termsNotAccepted()
  settleExchange(audience, account.clock)
  if (audience.exchange)
    return graphError({ code: 2650, subcode: 1_870_145, message: 'A replacement is running.' })
  if (open.includes(audience.statusCode)) return undefined
  return graphError({ code: 2650, subcode: 1_870_065, message: 'The custom audience is disabled.' })
}

/** Values belong into audiences made for them, and only there. */
export function refuseRows(audience: AudienceRecord, rows: UserRows): SandboxReply | undefined {
  if (rows.hasValues === (audience.isValueBased ?? false)) return undefined
  return wrongParameter('Param payload[schema] must have LOOKALIKE_VALUE exactly in value-based audiences.')
}

/** Keeps the values and the Limited Data Use of the rows. */
export function noteRows(audience: AudienceRecord, rows: UserRows): void {
  for (const [index, member] of rows.members.entries()) {
    const value = rows.values[index]
    if (value !== undefined) audience.values.set(member, value)
    audience.dataUse.set(member, rows.dataUse[index] ?? 'off')
  }
}

function apply(
  account: SandboxAccount,
  audience: AudienceRecord,
  write: { removal: boolean; rows: UserRows; gone: readonly string[] },
): void {
  if (write.removal) for (const member of write.gone) audience.members.delete(member)
  else for (const member of write.rows.members) audience.members.add(member)
  if (!write.removal) noteRows(audience, write.rows)
  noteSize(audience, account.clock)
  record(account, write.removal ? 'users_remove' : 'users_add', audience.id, write.rows.members)
}

/** Meta's answer to rows: counts, and samples of what it cannot use. */
export function toUploadAnswer(audience: string, session: string, rows: UserRows): Record<string, unknown> {
  return {
    audience_id: audience,
    session_id: session,
    num_received: rows.received,
    num_invalid_entries: rows.invalid,
    invalid_entry_samples: rows.samples,
  }
}

/** Members that the rows name: by the whole row, else by any identifier in it, since Meta matches people and not rows. */
function findMembers(audience: AudienceRecord, rows: UserRows): readonly string[] {
  const found = new Set<string>()
  const wanted = new Set<string>()
  for (const [index, member] of rows.members.entries()) {
    if (audience.members.has(member)) found.add(member)
    else for (const identity of rows.identities[index] ?? []) wanted.add(identity)
  }
  if (wanted.size === 0) return [...found]
  for (const member of audience.members)
    if (member.split('|').some((value) => wanted.has(value))) found.add(member)
  return [...found]
}

function removeAnywhere(account: SandboxAccount, request: SandboxRequest): SandboxReply {
  if (!isRemoval(request)) return graphError({ code: 100, message: 'Unsupported post request.' })
  if (!account.termsAccepted) return termsNotAccepted()
  const rows = readUserRows(readParameters(request))
  if ('refused' in rows) return rows.refused
  for (const audience of account.audiences.values()) {
    const gone = findMembers(audience, rows)
    for (const member of gone) audience.members.delete(member)
    if (gone.length > 0) noteSize(audience, account.clock)
  }
  record(account, 'users_erase', account.id, rows.members)
  return { status: 200, body: { num_received: rows.received, num_invalid_entries: rows.invalid } }
}

import type { SandboxReply, SandboxRequest, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { graphError, noSuchObject, termsNotAccepted, wrongParameter } from './graph-error.ts'
import { readObject, readParameters } from './request-parameters.ts'
import { record, type SandboxAccount } from './sandbox-account.ts'
import { noteSize, settleExchange, type AudienceRecord, type Exchange } from './sandbox-audience.ts'
import { readBatch, type SessionBatch } from './upload-sessions.ts'
import { noteRows, refuseRows, toUploadAnswer } from './user-routes.ts'
import { readUserRows, type UserRows } from './user-rows.ts'

/** `/{audience}/usersreplace` (section 1.2 of the platform notes): all members exchanged by requests of one session. */
export function exchangeRoutes(account: SandboxAccount): readonly SandboxRoute[] {
  return [
    {
      method: 'POST',
      pattern: /^\/v\d+\.\d+\/(?<audience>\d+)\/usersreplace$/,
      answer: (request) => exchangeUsers(account, request),
    },
  ]
}

const running = 414
const failed = 415

const refuse = (subcode: number, message: string): SandboxReply =>
  graphError({ code: 2650, subcode, message })

function exchangeUsers(account: SandboxAccount, request: SandboxRequest): SandboxReply {
  const id = request.params['audience'] ?? ''
  const audience = account.audiences.get(id)
  if (!audience) return noSuchObject(id)
  if (!account.termsAccepted) return termsNotAccepted()
  const parameters = readParameters(request)
  const session = readObject(parameters['session'])
  if (!session) return wrongParameter('The parameter session is required.')
  const batch = readBatch(session)
  if ('refused' in batch) return batch.refused
  const rows = readUserRows(parameters)
  if ('refused' in rows) return rows.refused
  settleExchange(audience, account.clock)
  const refused =
    refuseAudience(account, audience) ?? refuseSession(audience, batch) ?? refuseRows(audience, rows)
  if (refused) return refused
  take(account, audience, { batch, rows })
  return { status: 200, body: toUploadAnswer(audience.id, String(batch.id), rows) }
}

function refuseAudience(account: SandboxAccount, audience: AudienceRecord): SandboxReply | undefined {
  if (audience.subtype !== 'CUSTOM')
    return graphError({ code: 2650, message: 'Only customer lists can be replaced.' })
  if (account.huge.has(audience.id)) return refuse(1_870_144, 'The audience has 100 million people or more.')
  if (!account.failing.delete(audience.id)) return undefined
  delete audience.exchange
  audience.statusCode = failed
  return refuse(1_870_148, 'An internal failure ended the replacement.')
}

/** One session at a time; its first batch opens it and must not come again, its last one or 90 minutes close it. */
function refuseSession(audience: AudienceRecord, { id, sequence }: SessionBatch): SandboxReply | undefined {
  const past = audience.endedExchanges.get(id)
  if (past === 'finished') return refuse(1_870_159, 'The session is finished already.')
  if (past === 'overdue')
    return refuse(1_870_158, 'The window is over; the audience holds what arrived until then.')
  const open = audience.exchange
  if (open)
    return open.id !== id || sequence === 1 ? refuse(1_870_145, 'A replacement is running.') : undefined
  if (audience.statusCode !== 200 && audience.statusCode !== failed)
    return refuse(1_870_065, 'The custom audience is disabled.')
  return sequence === 1 ? undefined : refuse(1_870_147, 'The first batch was not received.')
}

function take(
  account: SandboxAccount,
  audience: AudienceRecord,
  { batch, rows }: { readonly batch: SessionBatch; readonly rows: UserRows },
): void {
  const fresh: Exchange = { id: batch.id, startedAt: account.clock.now(), members: new Set() }
  const open = audience.exchange ?? fresh
  audience.exchange = open
  audience.statusCode = running
  for (const member of rows.members) open.members.add(member)
  noteRows(audience, rows)
  record(account, 'users_replace', audience.id, rows.members)
  if (!batch.isLast) return
  audience.members.clear()
  for (const member of open.members) audience.members.add(member)
  delete audience.exchange
  audience.endedExchanges.set(open.id, 'finished')
  audience.statusCode = 200
  noteSize(audience, account.clock)
}

import { randomUUID } from 'node:crypto'
import type { AuditEntry } from '../../../core/audit/audit-entry.ts'
import { allContracts } from '../../../hub-server/api/contract/all-contracts.ts'
import type { ServedHub } from '../../support/a-served-hub.ts'
import { httpRequest, type HttpAnswer } from '../../support/http-request.ts'

type Headers = Readonly<Record<string, string>>

/** One call of a route of the API, and what its entry must say. */
export interface Drive {
  readonly name: string
  readonly params?: Readonly<Record<string, string>>
  readonly body?: object
  readonly headers?: Headers
  readonly object: string | RegExp
  /** Where one call does several things that are told apart, each of them. Default: one. */
  readonly acts?: readonly string[]
  /** Keys of the details that hold what was before and what is after. */
  readonly digests?: readonly string[]
}

/** What the log must say of what somebody did. */
export interface Entries {
  /** Each of what is told apart, in order; none where nothing is told. */
  readonly acts?: readonly string[]
  readonly actor: RegExp
  readonly object: string | RegExp
  readonly digests?: readonly string[]
}

/** The audit log of a hub, beside which routes are driven. */
export interface AuditedHub {
  readonly hub: ServedHub
  /** Carries a call of the API out, and looks at nothing. */
  send(call: Omit<Drive, 'object'>): Promise<HttpAnswer>
  /** Carries a call of the API out, and looks at what the log says of it. */
  drive(call: Drive): Promise<HttpAnswer>
  /** Does something, and looks at what the log says of it. `route` names it in what is missing. */
  watch(route: string, entries: Entries, act: () => Promise<HttpAnswer>): Promise<HttpAnswer>
  /** Routes that were driven. */
  readonly driven: ReadonlySet<string>
  /** What the log does not say, or says too often. */
  readonly missing: readonly string[]
}

export function besideItsLog(hub: ServedHub): AuditedHub {
  const { control } = hub.hub
  const driven = new Set<string>()
  const missing: string[] = []
  const send = (call: Omit<Drive, 'object'>): Promise<HttpAnswer> => sendTo(hub, call)
  const watch: AuditedHub['watch'] = async (route, entries, act) => {
    driven.add(route)
    const { number } = await control.auditHead()
    const answer = await act()
    const found = await control.auditEntries({ from: number + 1 })
    const fault = answer.status < 400 ? faultOf(entries, found) : `${answer.status} ${answer.text}`
    if (fault !== undefined) missing.push(`${route}: ${fault}`)
    return answer
  }
  return {
    hub,
    send,
    watch,
    drive: ({ name, headers, object, acts, digests = [], ...call }) => {
      const actor = headers?.['cookie'] === undefined ? /^cli:/ : /^user:Bob$/
      const sent = { name, ...call, ...(headers && { headers }) }
      return watch(name, { object, digests, actor, ...(acts && { acts }) }, () => send(sent))
    },
    driven,
    missing,
  }
}

/** The first id in an answer, wherever it stands. */
export const idOf = ({ text }: HttpAnswer): string => /"id":"([^"]+)"/.exec(text)?.[1] ?? text

async function sendTo(
  hub: ServedHub,
  { name, params = {}, body, headers = {} }: Omit<Drive, 'object'>,
): Promise<HttpAnswer> {
  const contract = allContracts.find((one) => one.name === name)
  if (!contract) throw new TypeError(`no route ${name}`)
  const path = contract.path.replace(/\{(\w+)\}/g, (_all, key: string) => params[key] ?? key)
  const request = {
    method: contract.method,
    ...(contract.hasBody && { body: JSON.stringify(body ?? {}) }),
    headers: {
      ...(contract.hasBody && { 'content-type': 'application/json' }),
      ...(contract.method === 'POST' && { 'idempotency-key': randomUUID() }),
      ...headers,
    },
  }
  const answer =
    headers['cookie'] === undefined
      ? await hub.call(path, request)
      : await httpRequest(`${hub.url}${path}`, request)
  if (answer.status !== 202) return answer
  const { text } = await hub.call(`/v1/operations/${idOf(answer)}/events`)
  // The operation's own end counts, not that it began.
  return /^event: (?:failed|cancelled)/m.test(text) ? { ...answer, status: 500, text } : answer
}

function faultOf({ acts, ...entries }: Entries, found: readonly AuditEntry[]): string | undefined {
  const told = found.map(({ action }) => action).join(', ')
  if (acts ? told !== acts.join(', ') : found.length !== 1) return `entries: ${told}`
  return found.map((entry) => faultIn(entries, entry)).find((fault) => fault !== undefined)
}

function faultIn({ object, actor, digests = [] }: Entries, entry: AuditEntry): string | undefined {
  if (!actor.test(entry.actor)) return `actor ${entry.actor}`
  if (typeof object === 'string' ? entry.object !== object : !object.test(entry.object))
    return `object ${entry.object}`
  const wanted = ['requestId', ...digests].filter((key) => typeof entry.details[key] !== 'string')
  return wanted.length > 0 ? `without ${wanted.join(', ')}` : undefined
}

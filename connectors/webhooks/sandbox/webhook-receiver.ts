/**
 * A receiver as its author would write it from Standard Webhooks' page: it verifies each message, knows repetitions by their id, and
 * keeps who is in each audience.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../../core/port/clock.ts'
import {
  startSandboxServer,
  type LedgerEntry,
  type SandboxReply,
  type SandboxRequest,
  type SandboxServer,
} from '../../sandbox-kit/sandbox-server.ts'

export interface WebhookReceiver extends SandboxServer {
  /** Names of the people in an audience: their id, e-mail or phone. */
  members(audience: string): string[]
  /** Ids of all messages, repetitions included, in the order in which they came. */
  readonly ids: string[]
}

export interface WebhookReceiverOptions {
  readonly clock: Clock
  /** "whsec_…" */
  readonly secret: string
}

/** Messages older or newer than this are refused, against replay: the specification's recommendation, in seconds. */
const tolerance = 300

const person = z.looseObject({
  user_id: z.string().optional(),
  email: z.string().optional(),
  phone: z.string().optional(),
})
const message = z.discriminatedUnion('type', [
  z.object({ type: z.literal('affluent.test') }),
  z.object({
    type: z.enum(['audience.entered', 'audience.exited']),
    timestamp: z.iso.datetime(),
    data: z.object({ audience: z.string(), person }),
  }),
  z.object({ type: z.literal('person.erased'), data: z.object({ people: z.array(person) }) }),
])

const nameOf = (one: z.output<typeof person>): string => one.user_id ?? one.email ?? one.phone ?? ''

/** Starts the receiver; messages are posted to "/hooks". */
export async function startWebhookReceiver({
  clock,
  secret,
}: WebhookReceiverOptions): Promise<WebhookReceiver> {
  const audiences = new Map<string, Set<string>>()
  const seen = new Set<string>()
  const ids: string[] = []
  const ledger: LedgerEntry[] = []

  function carryOut(told: z.output<typeof message>): SandboxReply {
    if (told.type === 'affluent.test') return { status: 204 }
    if (told.type === 'person.erased') return erase(told.data.people.map(nameOf))
    const { audience, person: who } = told.data
    const name = nameOf(who)
    if (name.includes('@@')) return { status: 422, body: { message: `"${name}" is no address` } }
    const members = audiences.get(audience) ?? new Set()
    audiences.set(audience, members)
    if (told.type === 'audience.entered') members.add(name)
    else members.delete(name)
    ledger.push({ at: clock.now(), operation: told.type, target: audience, members: [name] })
    return { status: 204 }
  }

  function erase(names: readonly string[]): SandboxReply {
    const found = names.filter((name) => [...audiences.values()].some((members) => members.delete(name)))
    return { status: 200, body: { status: found.length > 0 ? 'erased' : 'not_found' } }
  }

  function take(request: SandboxRequest): SandboxReply {
    if (!isProven(request, secret, clock.now())) return { status: 401, body: { message: 'wrong signature' } }
    const id = request.headers['webhook-id'] ?? ''
    ids.push(id)
    const told = message.safeParse(request.body)
    if (!told.success) return { status: 400, body: { message: 'unreadable message' } }
    // An answer is kept for what was only read, so that a repetition of an erasure is answered again.
    if (seen.has(id) && told.data.type !== 'person.erased') return { status: 204 }
    seen.add(id)
    return carryOut(told.data)
  }

  const routes = [{ method: 'POST', pattern: /^\/hooks$/, answer: take }]
  const server = await startSandboxServer({ clock, routes, ledger })
  return { ...server, ids, members: (audience) => [...(audiences.get(audience) ?? [])] }
}

function isProven({ headers, text }: SandboxRequest, secret: string, now: number): boolean {
  const [id, timestamp, signatures] = ['id', 'timestamp', 'signature'].map(
    (part) => headers[`webhook-${part}`],
  )
  if (id === undefined || timestamp === undefined || signatures === undefined) return false
  if (Math.abs(now / 1000 - Number(timestamp)) > tolerance) return false
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${text}`).digest()
  return signatures.split(' ').some((signature) => {
    const [version, value = ''] = signature.split(',')
    const shown = Buffer.from(value, 'base64')
    return version === 'v1' && shown.byteLength === expected.byteLength && timingSafeEqual(shown, expected)
  })
}

/**
 * A client of the Streaming API (Bayeux over CometD, long polling) that ends by itself: it takes what is there and leaves. jsforce's
 * own client is not used: it never stops, says nothing when a replay id has expired, and goes on with the token it began with
 * (2.8, traps 14 to 17).
 */
import { z } from 'zod'
import { readAnswer } from '../../../core/connector/read-answer.ts'
import { AffluentError, PlatformError, toAffluentError } from '../../../core/errors/affluent-error.ts'
import type { PlatformReply } from '../../../core/port/platform-caller.ts'
import { streamingBudget } from '../budgets.ts'
import type { SalesforceContext } from '../config.ts'
import { toPlatformError } from '../errors.ts'
import { toCometdError } from './cometd-error.ts'

const messageShape = z.object({
  channel: z.string(),
  successful: z.boolean().optional(),
  clientId: z.string().optional(),
  error: z.string().optional().catch(undefined),
  ext: z
    .object({ sfdc: z.object({ failureReason: z.string() }).optional() })
    .optional()
    .catch(undefined),
  data: z.unknown().optional(),
})
type Message = z.output<typeof messageShape>
const answerShape = z.array(messageShape)

/** Where to begin: behind an event, at everything that is kept (72 hours), or with what comes from now on. */
export const replayAll = -2
export const replayNew = -1

/** One channel per session: several replay positions on one client interfere (trap 15). */
export interface Subscription {
  readonly channel: string
  /** A replay id, `replayAll` or `replayNew`. */
  readonly from: number
  readonly signal: AbortSignal
}

export interface CometdSession {
  /** The data of the events that have come; empty when the channel was quiet for five seconds. */
  next(): Promise<readonly unknown[]>
  /** Gives the client's place back; an org has few. Never throws. */
  close(): Promise<void>
}

/** How long a quiet channel is listened to. */
const quietMs = 5000
/** The server holds a poll for 110 seconds where it passes over our advice. */
const timeoutMs = 130_000
/** An event has at most a megabyte; one answer carries a batch of them. */
const maxBytes = 64 * 1_048_576

interface Client {
  readonly context: SalesforceContext
  readonly signal: AbortSignal
  /** By name. The server finds a client by them (`BAYEUX_BROWSER`). */
  readonly cookies: Map<string, string>
  readonly waiting: unknown[]
  count: number
  id: string | undefined
}

/** Shakes hands, connects and subscribes. Throws `PlatformError`; see `cometd-error.ts`. */
export async function openCometdSession(
  context: SalesforceContext,
  { channel, from, signal }: Subscription,
): Promise<CometdSession> {
  const client: Client = { context, signal, cookies: new Map(), waiting: [], count: 0, id: undefined }
  const hello = await exchange(client, {
    act: 'opening the change feed',
    message: {
      channel: '/meta/handshake',
      version: '1.0',
      minimumVersion: '1.0',
      supportedConnectionTypes: ['long-polling'],
      ext: { replay: true },
    },
  })
  client.id = hello.clientId
  // The first connect is always answered at once, before anything is replayed: taken for a poll it would look like a quiet channel.
  await connect(client, { act: 'opening the change feed', timeoutMs: 0 })
  await exchange(client, {
    act: 'subscribing to the change feed',
    message: { channel: '/meta/subscribe', subscription: channel, ext: { replay: { [channel]: from } } },
  })
  return { next: () => poll(client), close: () => close(client) }
}

/** A poll is not repeated: what a lost answer carried is replayed to the next read, from the position that was kept. */
async function poll(client: Client): Promise<readonly unknown[]> {
  if (client.waiting.length === 0)
    await connect(client, { act: 'reading the change feed', timeoutMs: quietMs })
  return client.waiting.splice(0)
}

const connect = (
  client: Client,
  { act, timeoutMs: timeout }: { readonly act: string; readonly timeoutMs: number },
): Promise<Message> =>
  exchange(client, {
    act,
    message: { channel: '/meta/connect', connectionType: 'long-polling', advice: { timeout } },
  })

async function close(client: Client): Promise<void> {
  try {
    await exchange(client, { act: 'closing the change feed', message: { channel: '/meta/disconnect' } })
  } catch (thrown) {
    // The server drops a client that it does not hear of by itself; the reason why we leave matters more.
    const { code } = toAffluentError(thrown, 'closing the change feed')
    client.context.logger.debug('change_feed_not_closed', { connection: client.context.connection, code })
  }
}

interface Exchange {
  readonly act: string
  readonly message: { readonly channel: string } & Readonly<Record<string, unknown>>
}

/** Sends one message and returns the answer to it; events may come with any answer and are kept for `next`. */
async function exchange(client: Client, { act, message }: Exchange): Promise<Message> {
  const { context, signal } = client
  client.count += 1
  const body = JSON.stringify([
    { id: String(client.count), ...(client.id !== undefined && { clientId: client.id }), ...message },
  ])
  const reply = await context.call({
    act,
    budget: streamingBudget,
    // Signals are hints: the next read tries again, and no cycle waits for them.
    repeatable: false,
    timeoutMs,
    send: (timeout) => send(client, { act, body, signal: AbortSignal.any([timeout, signal]) }),
    classify: (answer) => refusalOf(answer, { act, channel: message.channel, now: context.clock.now() }),
  })
  const messages = answerShape.parse(reply.body)
  for (const { channel, data } of messages)
    if (!channel.startsWith('/meta/') && data !== undefined) client.waiting.push(data)
  const own = messages.find(({ channel }) => channel === message.channel)
  if (!own) throw new AffluentError('internal.unexpected', { act })
  return own
}

/** The token is asked for each time: a session lives longer than one (trap 17). */
async function send(
  { context, cookies }: Client,
  { act, body, signal }: { readonly act: string; readonly body: string; readonly signal: AbortSignal },
): Promise<PlatformReply> {
  if (!context.credentials)
    throw new AffluentError('internal.unexpected', { act: 'asking for the access of a connection' })
  const { accessToken, facts } = await context.credentials.current()
  const { fetch: sendRequest, config } = context
  const base = (facts['instance_url'] ?? config.login_url).replace(/\/+$/, '')
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const response = await sendRequest(`${base}/cometd/${config.api_version}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${accessToken}`,
      accept: 'application/json',
      'content-type': 'application/json',
      ...(cookie !== '' && { cookie }),
    },
    body,
    redirect: 'error',
    signal,
  })
  for (const line of response.headers.getSetCookie()) {
    const [pair = ''] = line.split(';')
    const [name = '', ...value] = pair.split('=')
    cookies.set(name.trim(), value.join('=').trim())
  }
  return readAnswer(response, { act, maxBytes, signal })
}

function refusalOf(
  reply: PlatformReply,
  call: { readonly act: string; readonly channel: string; readonly now: number },
): PlatformError | undefined {
  const own = answerShape.safeParse(reply.body).data?.find(({ channel }) => channel === call.channel)
  const refusal = own && refusedWith(own)
  if (refusal !== undefined) return toCometdError(refusal, call)
  const error = toPlatformError(reply, call)
  if (error || own?.successful === true) return error
  return new PlatformError('platform.unreadable_answer', { act: call.act, status: reply.status })
}

const refusedWith = ({ successful, ext, error }: Message): string | undefined =>
  successful === false ? (ext?.sfdc?.failureReason ?? error) : undefined

import { z } from 'zod'
import type { Clock } from '../../../core/port/clock.ts'
import type { SandboxReply, SandboxRequest, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import type { ChangeStream, StoredEvent } from './change-stream.ts'

export interface CometdOptions {
  readonly clock: Clock
  readonly changes: ChangeStream
  /** Whether an Authorization header stands for a session. */
  readonly accepts: (authorization: string) => boolean
  /** Events that may be delivered in a day; the default is that of a Developer org. */
  readonly dailyEvents?: number
}

export interface Cometd {
  readonly routes: readonly SandboxRoute[]
  /** Clients that are connected. */
  clientCount(): number
  /** The server gives every client up, as it does when a node restarts. */
  forgetClients(): void
}

interface Client {
  readonly cookie: string
  heardAt: number
  channel?: string
  position: number
  connected: boolean
}

/** A client that is silent for longer is dropped: `403::Unknown client` (2.8, trap 14). */
const silenceMs = 40_000
/** Events in one answer. */
const eventsPerAnswer = 100
/** How long a poll is held where the client gives no advice. */
const pollMs = 110_000

const messageShape = z.object({
  channel: z.string(),
  id: z.string().optional(),
  clientId: z.string().optional(),
  subscription: z.string().optional(),
  supportedConnectionTypes: z.array(z.string()).optional(),
  advice: z.object({ timeout: z.number() }).optional(),
  ext: z.object({ replay: z.unknown() }).optional(),
})
type Message = z.output<typeof messageShape>
type Answer = Readonly<Record<string, unknown>> & { readonly channel: string; readonly clientId?: string }

/** The Streaming API: Bayeux messages in JSON arrays, long polling, the replay extension. */
export function createCometd(options: CometdOptions): Cometd {
  const clients = new Map<string, Client>()
  const state: State = { ...options, clients, count: 0, delivered: 0 }
  return {
    clientCount: () => clients.size,
    forgetClients: () => clients.clear(),
    routes: [
      {
        method: 'POST',
        pattern: /^\/cometd\/(?<version>\d+\.0)\/?$/,
        answer: (request) => answerAll(state, request),
      },
    ],
  }
}

interface State extends CometdOptions {
  readonly clients: Map<string, Client>
  count: number
  delivered: number
}

async function answerAll(state: State, request: SandboxRequest): Promise<SandboxReply> {
  const messages = z.array(messageShape).safeParse(request.body).data
  if (!messages) return { status: 400, body: '400::Bad Request' }
  const answers: Answer[] = []
  for (const message of messages) answers.push(...(await answerOne(state, message, request)))
  const opened = answers.find(({ channel }) => channel === '/meta/handshake')?.clientId
  const cookie = state.clients.get(opened ?? '')?.cookie
  return {
    status: 200,
    ...(cookie !== undefined && { headers: { 'set-cookie': `BAYEUX_BROWSER=${cookie};Path=/;HttpOnly` } }),
    body: answers,
  }
}

async function answerOne(state: State, message: Message, request: SandboxRequest): Promise<Answer[]> {
  const { channel } = message
  if (!state.accepts(request.headers['authorization'] ?? '')) return [refuseAccess(message)]
  if (channel === '/meta/handshake') return [shakeHands(state, message)]
  const client = liveClient(state, message)
  if (!client)
    return [{ ...refusal(message, '403::Unknown client'), advice: { interval: 0, reconnect: 'handshake' } }]
  if (!(request.headers['cookie'] ?? '').includes(`BAYEUX_BROWSER=${client.cookie}`))
    return [refusal(message, '400::Client has established a session, but no BAYEUX_BROWSER cookie present')]
  client.heardAt = state.clock.now()
  if (channel === '/meta/subscribe') return [subscribe(state, client, message)]
  if (channel === '/meta/connect') return connect(state, client, message)
  state.clients.delete(message.clientId ?? '')
  return [success(message)]
}

const echo = ({ channel, id, clientId }: Message): Answer => ({
  channel,
  ...(id !== undefined && { id }),
  ...(clientId !== undefined && { clientId }),
})
const success = (message: Message): Answer => ({ ...echo(message), successful: true })
const refusal = (message: Message, error: string): Answer => ({ ...echo(message), successful: false, error })

function refuseAccess(message: Message): Answer {
  const reason = '401::Authentication invalid'
  const advice = { reconnect: 'none', interval: 0 }
  return message.channel === '/meta/handshake'
    ? { ...refusal(message, '403::Handshake denied'), ext: { sfdc: { failureReason: reason } }, advice }
    : { ...refusal(message, reason), advice }
}

function shakeHands(state: State, message: Message): Answer {
  if (message.supportedConnectionTypes?.includes('long-polling') !== true)
    return refusal(message, '400::Invalid connection type')
  state.count += 1
  const clientId = `client${state.count}of5sandbox`
  state.clients.set(clientId, {
    cookie: `browser${state.count}`,
    heardAt: state.clock.now(),
    position: 0,
    connected: false,
  })
  return { ...success(message), clientId, version: '1.0', ext: { replay: true, 'payload.format': true } }
}

function liveClient({ clients, clock }: State, { clientId = '' }: Message): Client | undefined {
  const client = clients.get(clientId)
  if (!client || clock.now() - client.heardAt <= silenceMs) return client
  clients.delete(clientId)
  return undefined
}

function subscribe(state: State, client: Client, message: Message): Answer {
  const { subscription = '', ext } = message
  const { changes } = state
  const entity = entityOf(subscription)
  if (entity === undefined || (entity !== '' && !changes.isSelected(entity)))
    return refusal(message, `400::The channel you requested to subscribe to does not exist {${subscription}}`)
  if (isFull(state)) return refusal(message, allocationUsed)
  const replay = z.record(z.string(), z.number()).safeParse(ext?.replay).data?.[subscription] ?? -1
  const position = changes.open(replay)
  if (position === undefined)
    return refusal(
      message,
      `400::The replayId {${replay}} you provided was invalid.  Please provide a valid ID, -2 to replay all events, or -1 to replay only new events.`,
    )
  client.channel = subscription
  client.position = position
  return { ...success(message), subscription }
}

/** "" for the channel of all objects; undefined for what is no channel of change events. */
const entityOf = (channel: string): string | undefined => /^\/data\/(\w*?)ChangeEvents?$/.exec(channel)?.[1]

const allocationUsed = '403::Organization total events daily limit exceeded'
const isFull = ({ delivered, dailyEvents = 10_000 }: State): boolean => delivered >= dailyEvents

/** The first connect is answered at once and without events; later ones when events wait, or when the time of the advice is over. */
async function connect(state: State, client: Client, message: Message): Promise<Answer[]> {
  if (!client.connected) {
    client.connected = true
    return [{ ...success(message), advice: { interval: 0, timeout: pollMs, reconnect: 'retry' } }]
  }
  if (isFull(state)) return [refusal(message, allocationUsed)]
  if (waitingFor(state, client).length === 0) await state.clock.sleep(message.advice?.timeout ?? pollMs)
  const events = waitingFor(state, client).slice(0, eventsPerAnswer)
  client.position = events.at(-1)?.replayId ?? client.position
  client.heardAt = state.clock.now()
  state.delivered += events.length
  const { channel = '' } = client
  return [...events.map(({ data }) => ({ channel, data })), success(message)]
}

function waitingFor({ changes }: State, { channel = '', position }: Client): readonly StoredEvent[] {
  const entity = entityOf(channel)
  if (entity === undefined) return []
  return changes.since(position).filter((event) => entity === '' || event.entity === entity)
}

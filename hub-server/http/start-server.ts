import { createServer, type IncomingMessage, type Server } from 'node:http'
import { Socket } from 'node:net'
import { AffluentError, toAffluentError } from '../../core/errors/affluent-error.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { App } from './create-app.ts'
import { codeOfUnread, refuseUnread, unreadProblem } from './refuse-unread.ts'

/** Bounds on what one caller can hold on to, in milliseconds and counts. */
export interface ServerLimits {
  /** Until a request's headers must be complete (against callers that send one byte at a time). */
  readonly headersMs: number
  /** Until the whole request must be complete. */
  readonly requestMs: number
  /** How long a connection may lie idle between requests. */
  readonly keepAliveMs: number
  /** How long a connection may make no progress, reading our answer included. */
  readonly inactiveMs: number
  /** Beyond it new ones are closed at once, those of good callers too: many more than somebody holds open who is slow on purpose. */
  readonly connections: number
  /** Requests on one connection, then it is closed. */
  readonly requestsPerConnection: number
  /** How long requests under way may take after `close` before they are cut. */
  readonly graceMs: number
}

const defaultLimits: ServerLimits = {
  headersMs: 10_000,
  requestMs: 30_000,
  keepAliveMs: 5_000,
  inactiveMs: 60_000,
  connections: 5_000,
  requestsPerConnection: 1_000,
  graceMs: 10_000,
}

export interface StartServerOptions {
  readonly app: App
  /** 0: any free port. */
  readonly port: number
  readonly clock: Clock
  readonly limits?: Partial<ServerLimits>
}

export interface StartedServer {
  /** "http://127.0.0.1:4000". */
  readonly url: string
  /** Takes no new requests, lets those under way finish within the grace time, then cuts them. */
  close(): Promise<void>
}

/** Listens on the app's host. Throws `server.address_in_use` and `server.address_unusable`. */
export async function startServer(options: StartServerOptions): Promise<StartedServer> {
  const { app, port } = options
  const limits = { ...defaultLimits, ...options.limits }
  const server = createBoundedServer(app, limits)
  await listen(server, app.host, port)
  const address = server.address()
  const bound = address !== null && typeof address === 'object' ? address.port : port
  const name = app.host.includes(':') ? `[${app.host}]` : app.host
  return {
    url: `http://${name}:${bound}`,
    close: () => closeGracefully(server, limits.graceMs, options.clock),
  }
}

function createBoundedServer(app: App, limits: ServerLimits): Server {
  const refused = new WeakSet<Socket>()
  const server = createServer(
    {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.keepAliveMs,
      // How often the two first limits are enforced; never more rarely than the shorter one asks for.
      connectionsCheckingInterval: Math.min(limits.headersMs, limits.requestMs, 5_000),
    },
    (request, response) => {
      // What came behind a refused request on the same connection is not carried out either: Node would go on with it.
      if (refused.has(request.socket)) return
      if (hasOneMeaning(request)) {
        app.express(request, response)
        return
      }
      refused.add(request.socket)
      const { status, headers, text } = unreadProblem('api.request_unreadable')
      response.writeHead(status, headers).end(text)
    },
  )
  answerUnread(server)
  server.timeout = limits.inactiveMs
  server.maxConnections = limits.connections
  server.maxRequestsPerSocket = limits.requestsPerConnection
  return server
}

/** Says why to who sent what the parser could not read, unless an answer to an earlier request is on its way: it would end up within that. */
function answerUnread(server: Server): void {
  const answering = new WeakMap<Socket, number>()
  server.on('request', ({ socket }, response) => {
    answering.set(socket, (answering.get(socket) ?? 0) + 1)
    response.once('close', () => answering.set(socket, (answering.get(socket) ?? 1) - 1))
  })
  server.on('clientError', (fault: Error, stream) => {
    const code = codeOfUnread(fault)
    const isFree = stream instanceof Socket && stream.writable && (answering.get(stream) ?? 0) === 0
    if (code !== undefined && isFree) refuseUnread(stream, code)
    else stream.destroy()
  })
}

/**
 * False of what a proxy in front may have read otherwise than we do, and Node's parser lets pass: two Host headers, of which one is
 * another's (RFC 9112, 3.2), and a whole address or a tunnel where a path belongs. Such a request is not for anybody behind a proxy.
 */
function hasOneMeaning({ url = '', rawHeaders }: IncomingMessage): boolean {
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host')
  return url.startsWith('/') && hosts.length <= 1
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port }, resolve)
    })
  } catch (error) {
    throw toListenError(error, host, port)
  }
}

function toListenError(error: unknown, host: string, port: number): AffluentError {
  const act = 'starting the server'
  const reason = error instanceof Error && 'code' in error ? String(error.code) : undefined
  if (reason === undefined) return toAffluentError(error, act)
  const code = reason === 'EADDRINUSE' ? 'server.address_in_use' : 'server.address_unusable'
  return new AffluentError(code, { act, host, port, reason }, { cause: error })
}

async function closeGracefully(server: Server, graceMs: number, clock: Clock): Promise<void> {
  const waiting = new AbortController()
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const grace = clock.sleep(graceMs, waiting.signal).then(
    () => server.closeAllConnections(),
    () => undefined,
  )
  await closed
  waiting.abort()
  await grace
}

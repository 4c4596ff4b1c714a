/**
 * What every platform sandbox is built on: a local HTTP server with a ledger of accepted operations and a list of faults. Each
 * connector's `sandbox/` supplies the routes, written from the platform's documentation and never from our own client.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Clock } from '../../core/port/clock.ts'
import { createFaults, type Faults } from './faults.ts'

export interface SandboxRequest {
  readonly method: string
  /** Path without the query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
  /** The raw bytes as text. */
  readonly text: string
  /** The body: JSON parsed, a form as an object, else undefined. */
  readonly body: unknown
  /** Groups of the route's pattern. */
  readonly params: Readonly<Record<string, string>>
}

export interface SandboxReply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** An object is sent as JSON, a string as it is. */
  readonly body?: unknown
}

export interface SandboxRoute {
  readonly method: string
  /** Matches the whole path; named groups become `params`. */
  readonly pattern: RegExp
  answer(request: SandboxRequest): SandboxReply | Promise<SandboxReply>
}

/** One accepted operation: the oracle of the tests. */
export interface LedgerEntry {
  readonly at: number
  readonly operation: string
  /** The list, audience or object kind concerned. */
  readonly target: string
  readonly members: readonly string[]
}

interface RequestLogEntry {
  readonly at: number
  readonly method: string
  readonly path: string
  readonly status: number
}

export interface SandboxServer {
  /** Base address, such as "http://127.0.0.1:40123". */
  readonly url: string
  readonly ledger: LedgerEntry[]
  /** Every request that reached the server, faults included. */
  readonly requests: RequestLogEntry[]
  readonly faults: Faults
  close(): Promise<void>
}

export interface SandboxServerOptions {
  readonly clock: Clock
  readonly routes: readonly SandboxRoute[]
  /** 0 or absent: any free port. */
  readonly port?: number
  /** Runs before each route: authentication, rate limits. A reply ends the request. */
  readonly before?: (request: SandboxRequest) => SandboxReply | undefined
  /** Adds to each reply: rate headers. */
  readonly after?: (request: SandboxRequest, reply: SandboxReply) => SandboxReply
  readonly ledger?: LedgerEntry[]
}

const maxBodyBytes = 64 * 1024 * 1024

/** Starts the server on 127.0.0.1. */
export async function startSandboxServer(options: SandboxServerOptions): Promise<SandboxServer> {
  const faults = createFaults()
  const requests: RequestLogEntry[] = []
  const server = createServer((incoming, response) => {
    handle(incoming, response).catch((error: unknown) => {
      send(response, { status: 500, body: { error: String(error) } })
    })
  })

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming)
    const log = (status: number): void => {
      requests.push({ at: options.clock.now(), method: request.method, path: request.path, status })
    }
    const fault = faults.take(request)
    if (fault && fault.when !== 'after') {
      log(fault.kind === 'reply' ? fault.reply.status : 0)
      faults.apply(fault, response)
      return
    }
    const reply = await answer(options, request)
    log(reply.status)
    if (fault) faults.apply(fault, response)
    else send(response, reply)
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    ledger: options.ledger ?? [],
    requests,
    faults,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(options: SandboxServerOptions, request: SandboxRequest): Promise<SandboxReply> {
  const finish = (reply: SandboxReply): SandboxReply => options.after?.(request, reply) ?? reply
  const refused = options.before?.(request)
  if (refused) return finish(refused)
  for (const route of options.routes) {
    if (route.method !== request.method) continue
    const match = route.pattern.exec(request.path)
    if (match) return finish(await route.answer({ ...request, params: { ...match.groups } }))
  }
  return finish({ status: 404, body: { error: `no route for ${request.method} ${request.path}` } })
}

async function readRequest(incoming: IncomingMessage): Promise<SandboxRequest> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of incoming as AsyncIterable<Buffer>) {
    size += part.length
    if (size > maxBodyBytes) throw new Error('body over 64 MiB')
    parts.push(part)
  }
  const text = Buffer.concat(parts).toString('utf8')
  const url = new URL(incoming.url ?? '/', 'http://sandbox')
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  )
  return {
    method: incoming.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers,
    text,
    body: parseBody(text, headers['content-type'] ?? ''),
    params: {},
  }
}

function parseBody(text: string, contentType: string): unknown {
  if (contentType.startsWith('application/x-www-form-urlencoded'))
    return Object.fromEntries(new URLSearchParams(text))
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

function send(response: ServerResponse, reply: SandboxReply): void {
  const isText = typeof reply.body === 'string'
  const body = typeof reply.body === 'string' ? reply.body : (JSON.stringify(reply.body) ?? '')
  const contentType = isText ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8'
  response.writeHead(reply.status, { ...(body !== '' && { 'content-type': contentType }), ...reply.headers })
  response.end(body)
}

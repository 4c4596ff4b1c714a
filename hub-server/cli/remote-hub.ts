import { randomUUID } from 'node:crypto'
import { request as send, type IncomingMessage } from 'node:http'
import { json, text } from 'node:stream/consumers'
import { z } from 'zod'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { JsonValue } from '../../core/port/json.ts'
import type { RouteContract } from '../api/contract/describe-route.ts'
import { errorCodeText, errorParamsContract } from '../api/contract/error.ts'
import { cancelOperation, followOperation, showOperation } from '../api/contract/operation.ts'
import type { WireRequest } from '../api/define-route.ts'
import { ManifestFaults } from '../manifest/manifest-fault.ts'
import type { HubClient } from './hub-client.ts'
import { readEvents } from './read-events.ts'
import { toWireRequest } from './wire-request.ts'

export interface RemoteHubOptions {
  /** "http://127.0.0.1:4000". */
  readonly address: string
  /** Opens the hub to the person at this machine. */
  readonly token: string
  /** Language of the words in answers. */
  readonly language: string
  readonly signal: AbortSignal
}

/** A request with the ETag that it rests on. */
interface SentRequest extends WireRequest {
  readonly ifMatch?: string | undefined
}

type AnyContract = Pick<
  RouteContract<unknown, unknown, unknown, unknown>,
  'method' | 'path' | 'effect' | 'hasBody'
>

/** The hub that runs on this workspace, reached through its API. Throws `api.not_reached` when nobody answers at its address. */
export function createRemoteHub(options: RemoteHubOptions): HubClient {
  const { signal } = options

  async function call(contract: AnyContract, request: SentRequest): Promise<unknown> {
    const response = await open(options, contract, request)
    return json(response)
  }

  /** Follows an operation to its end. The first Ctrl-C asks it to stop, and its end is still waited for. */
  async function awaitOperation(id: string, onProgress: (event: JsonValue) => void): Promise<unknown> {
    const params = { id }
    const cancel = (): void => {
      call(cancelOperation, { params, query: {}, body: {} }).catch(() => undefined)
    }
    signal.addEventListener('abort', cancel, { once: true })
    try {
      const response = await open({ ...options, signal: new AbortController().signal }, followOperation, {
        params,
        query: {},
        body: {},
      })
      for await (const item of readEvents(response)) {
        const told = z.parse(followOperation.answer, item)
        if (told.event === 'progress') onProgress(toJson(told.data))
      }
    } finally {
      signal.removeEventListener('abort', cancel)
    }
    const ended = z.parse(showOperation.answer, await call(showOperation, { params, query: {}, body: {} }))
    if (ended.error) throw new AffluentError(ended.error.code, ended.error.params)
    return ended.result
  }

  return {
    async ask(contract, asked = {}, onProgress = () => undefined) {
      const answer = await call(contract, { ...toWireRequest(contract, asked), ifMatch: asked.ifMatch })
      if (contract.mode !== 'operation') return z.parse(contract.answer, answer)
      const { id } = z.parse(showOperation.answer, answer)
      return z.parse(contract.answer, await awaitOperation(id, onProgress))
    },
    async *follow(contract, asked = {}) {
      const response = await open(options, contract, toWireRequest(contract, asked))
      for await (const item of readEvents(response)) yield z.parse(contract.answer, item)
    },
  }
}

const toJson = (value: unknown): JsonValue => z.json().parse(value)

/** Sends a request; resolves with an answer of success, its body not read yet. */
async function open(
  { address, token, language, signal }: RemoteHubOptions,
  contract: AnyContract,
  { params, query, body, ifMatch }: SentRequest,
): Promise<IncomingMessage> {
  const url = new URL(toPath(contract.path, params), address)
  for (const [name, value] of entries(query)) url.searchParams.set(name, value)
  const content = contract.hasBody ? JSON.stringify(body) : undefined
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = send(
      url,
      {
        method: contract.method,
        signal,
        headers: {
          authorization: `Bearer ${token}`,
          'accept-language': language,
          'affluent-params': 'all',
          ...(content !== undefined && { 'content-type': 'application/json' }),
          ...(ifMatch !== undefined && { 'if-match': `"${ifMatch}"` }),
          ...(contract.effect === 'changes' && { 'idempotency-key': randomUUID() }),
        },
      },
      resolve,
    )
    outgoing.on('error', (error) => reject(toUnreached(error, signal)))
    outgoing.end(content)
  })
  if ((response.statusCode ?? 500) < 300) return response
  throw toError(await text(response))
}

function toUnreached(cause: unknown, signal: AbortSignal): AffluentError {
  return new AffluentError(signal.aborted ? 'run.aborted' : 'api.not_reached', {}, { cause })
}

const entries = (query: unknown): [string, string][] =>
  typeof query === 'object' && query !== null
    ? Object.entries(query).map(([name, value]) => [name, String(value)])
    : []

function toPath(path: string, params: unknown): string {
  const values = new Map(entries(params))
  return path.replace(/\{(\w+)\}/g, (_match, name: string) => encodeURIComponent(values.get(name) ?? ''))
}

const problemSchema = z.object({
  code: errorCodeText,
  params: errorParamsContract.optional(),
  errors: z.array(z.object({ parameter: z.string(), expected: z.string() })).optional(),
  faults: z
    .array(
      z.object({
        file: z.string(),
        line: z.int(),
        column: z.int(),
        path: z.string(),
        code: errorCodeText,
        params: errorParamsContract,
      }),
    )
    .optional(),
})

/** The error that a problem document tells of, as its handler threw it. */
function toError(body: string): AffluentError {
  const problem = problemSchema.safeParse(parseOrNothing(body))
  if (!problem.success) return new AffluentError('api.not_reached')
  const { code, params = {}, faults, errors } = problem.data
  if (faults) return new ManifestFaults(faults)
  const expected = errors?.map((each) => `${each.parameter}: ${each.expected}`).join('; ')
  return new AffluentError(code, { ...params, ...(expected !== undefined && { expected }) })
}

function parseOrNothing(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

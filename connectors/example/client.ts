import type { z } from 'zod'
import type { ConnectorContext } from '../../core/connector/connector.ts'
import type { RateBudget } from '../../core/connector/rate-budget.ts'
import { PlatformError } from '../../core/errors/affluent-error.ts'
import type { ExampleConfig } from './config.ts'
import { toPlatformError } from './errors.ts'
import { openExampleSandbox, type ExampleRequest, type ExampleSandbox } from './sandbox/example-sandbox.ts'

export type ExampleContext = ConnectorContext<ExampleConfig>

/** Version of the platform's API. A real connector links the vendor's page of versions here. */
export const exampleApiVersion = '2026-11'

/** Records the platform takes in one request. */
export const recordsPerRequest = 100

/** The platform's published limits as data; the hub does the counting and the waiting. */
export const exampleBudgets: readonly RateBudget[] = [
  {
    name: 'requests',
    scope: 'account',
    limit: 100,
    windowMs: 1000,
    source: 'connectors/example/README.md',
    readRemaining: (headers) =>
      headers['x-remaining'] === undefined ? undefined : Number(headers['x-remaining']),
  },
]

export interface ExampleCall<Schema extends z.ZodType> {
  /** Gerund phrase without personal data: "reading people". */
  readonly act: string
  readonly request: ExampleRequest
  /** Shape of the answer. An answer that is not so is an error, never a guess. */
  readonly answer: Schema
  /** True when doing it twice does no harm. */
  readonly repeatable: boolean
  /** Answers that are no errors here, such as 404 while looking for something. */
  readonly accept?: readonly number[]
}

/**
 * The one way out. It describes the call and lets `context.call` send it: budgets, retries, time-outs and logs are the hub's. A real
 * connector does its SDK's or `context.fetch`'s request in `send`. Throws `PlatformError`.
 */
export async function callExample<Schema extends z.ZodType>(
  context: ExampleContext,
  { act, request, answer, repeatable, accept = [] }: ExampleCall<Schema>,
): Promise<z.output<Schema> | undefined> {
  const reply = await context.call({
    act,
    budget: 'requests',
    repeatable,
    send: (signal) => openSandbox(context).send(request, signal),
    classify(reply) {
      if (accept.includes(reply.status)) return undefined
      const error = toPlatformError(reply, act)
      if (error) return error
      const isReadable = answer.safeParse(reply.body).success
      return isReadable
        ? undefined
        : new PlatformError('platform.unreadable_answer', { act, status: reply.status })
    },
  })
  return accept.includes(reply.status) ? undefined : answer.parse(reply.body)
}

function openSandbox({ config, workspace }: ExampleContext): ExampleSandbox {
  const { account, lists_file: file } = config
  return openExampleSandbox(account, file === undefined ? undefined : `${workspace}/${file}`)
}

/** Cuts what the hub hands over into what the platform takes in one request. */
export function toRequests<Item>(items: readonly Item[]): (readonly Item[])[] {
  const requests = Math.ceil(items.length / recordsPerRequest)
  return Array.from({ length: requests }, (_, index) =>
    items.slice(index * recordsPerRequest, (index + 1) * recordsPerRequest),
  )
}

import { z } from 'zod'
import {
  defineConnector,
  type Connector,
  type ConnectorContext,
  type ErasureOutcome,
  type PersonToErase,
} from '../../core/connector/connector.ts'
import type {
  Destination,
  DestinationRecord,
  ReplacedPart,
  ReplaceRequest,
  WriteRequest,
} from '../../core/connector/destination.ts'
import type { Outcome } from '../../core/connector/outcome.ts'
import type { SourcePage } from '../../core/connector/source.ts'
import { PlatformError } from '../../core/errors/affluent-error.ts'
import type { PlatformReply } from '../../core/port/platform-caller.ts'

const config = z.strictObject({ url: z.string() })
type Context = ConnectorContext<z.output<typeof config>>
type LedgerDestination = Destination<z.output<typeof config>>

const listAnswer = z.object({ id: z.string(), name: z.string() })
const writeAnswer = z.object({
  results: z.array(z.object({ status: z.string(), key: z.string().optional() })),
})
const peopleAnswer = z.object({
  people: z.array(z.object({ id: z.string(), email: z.string(), consent: z.string() })),
  after: z.int(),
  total: z.int(),
})

/** The connector of `startLedgerPlatform`; `change` takes capabilities away or cuts other batches. */
export function createLedgerConnector(
  change: Partial<LedgerDestination> & { peoplePerPage?: number } = {},
): Connector {
  const { peoplePerPage = 100, ...destination } = change
  return defineConnector({
    slug: 'ledger',
    title: 'Ledger platform',
    apiVersion: '1',
    config,
    auth: { kind: 'none' },
    budgets: [{ name: 'all', scope: 'account', limit: 1_000_000, windowMs: 1000, source: 'the tests' }],
    sources: [
      {
        name: 'people',
        description: 'People.',
        deletions: 'absence',
        incremental: false,
        fields: ['email', 'consent'],
        read: (context, { cursor }) => readPeople(context, Number(cursor ?? 0), peoplePerPage),
      },
    ],
    destinations: [{ ...ledgerList, ...destination }],
    test: () => Promise.resolve([]),
    erase: erasePerson,
  })
}

const ledgerList: LedgerDestination = {
  kind: 'list',
  description: 'A list.',
  capabilities: {
    remove: true,
    update: true,
    readMembers: true,
    readSize: true,
    create: true,
    replace: true,
    repeatable: true,
  },
  fields: {
    email: { type: 'text', description: 'E-mail.', matches: 'email' },
    name: { type: 'text', description: 'First name.' },
  },
  recordsPerBatch: 10,
  async find(context, { name, externalId }) {
    const path = externalId === undefined ? `/lists?name=${encodeURIComponent(name)}` : `/lists/${externalId}`
    const reply = await request(context, { method: 'GET', path, act: 'finding a list', missing: true })
    if (reply.status === 404) return null
    const list = listAnswer.parse(reply.body)
    return { externalId: list.id, name: list.name }
  },
  async create(context, { name }) {
    const reply = await request(context, {
      method: 'POST',
      path: '/lists',
      act: 'creating a list',
      body: { name },
    })
    const list = listAnswer.parse(reply.body)
    return { externalId: list.id, name: list.name }
  },
  add: (context, write) => writeMembers(context, write, 'PUT'),
  remove: (context, write) => writeMembers(context, write, 'DELETE'),
  replace: exchangeMembers,
  async *readMembers(context, audience) {
    const path = `/lists/${audience.externalId}/members`
    const reply = await request(context, { method: 'GET', path, act: 'reading members' })
    yield z.object({ keys: z.array(z.string()) }).parse(reply.body).keys
  },
  async readSize(context, audience) {
    const reply = await request(context, {
      method: 'GET',
      path: `/lists/${audience.externalId}`,
      act: 'reading the size',
    })
    const { size } = z.object({ size: z.int() }).parse(reply.body)
    return { atLeast: size, atMost: size }
  },
}

async function erasePerson(context: Context, { keys, sent }: PersonToErase): Promise<ErasureOutcome> {
  const emails = sent.flatMap(({ email }) => (typeof email === 'string' ? [email] : []))
  const body = { members: emails.map((email) => ({ email })), keys }
  const reply = await request(context, { method: 'PUT', path: '/erasures', act: 'erasing a person', body })
  const { erased } = z.object({ erased: z.int() }).parse(reply.body)
  return erased === 0
    ? { status: 'not_found', message: 'nobody' }
    : { status: 'erased', message: `${erased} memberships` }
}

async function* readPeople(context: Context, from: number, limit: number): AsyncGenerator<SourcePage> {
  for (let after = from; ;) {
    const path = `/people?after=${after}&limit=${limit}`
    const reply = await request(context, { method: 'GET', path, act: 'reading people' })
    const page = peopleAnswer.parse(reply.body)
    if (page.people.length === 0) return
    after = page.after
    yield {
      records: page.people.map(({ id, ...fields }) => ({
        externalId: id,
        versionAt: null,
        deleted: false,
        fields,
      })),
      quarantined: [],
      cursor: after,
      progress: after / page.total,
    }
  }
}

async function writeMembers(context: Context, write: WriteRequest, method: string): Promise<Outcome[]> {
  const reply = await request(context, {
    method,
    path: `/lists/${write.audience.externalId}/members`,
    act: 'writing members',
    body: { members: write.records.map((record) => record.fields) },
  })
  return writeAnswer.parse(reply.body).results.map(({ status, key }) => {
    if (status === 'invalid') {
      return { status: 'rejected', reason: { code: 'invalid_email', message: 'not an address' } }
    }
    return { status: status === 'done' ? 'applied' : 'skipped', ...(key !== undefined && { key }) }
  })
}

/** Records whose address is no address are set aside; the others go out, the last part only once nothing follows it. */
async function* exchangeMembers(context: Context, exchange: ReplaceRequest): AsyncGenerator<ReplacedPart> {
  let number = Number(exchange.state ?? 0)
  let held: readonly DestinationRecord[] | undefined
  const send = async (records: readonly DestinationRecord[], last: boolean): Promise<ReplacedPart> => {
    number += 1
    const good = records.filter((record) => !isBad(record))
    const members = good.map((record) => record.fields)
    const path = `/lists/${exchange.audience.externalId}/exchange`
    const body = { session: exchange.session, part: number, last, members }
    await request(context, { method: 'PUT', path, act: 'exchanging members', body })
    return { state: number, outcomes: records.map(toOutcome) }
  }
  for await (const part of exchange.parts) {
    if (held) yield await send(held, false)
    held = part
  }
  if (held) yield await send(held, true)
}

const isBad = (record: DestinationRecord): boolean => JSON.stringify(record.fields).includes('invalid')

const toOutcome = (record: DestinationRecord): Outcome =>
  isBad(record)
    ? { status: 'rejected', reason: { code: 'invalid_email', message: 'not an address' } }
    : { status: 'applied' }

interface LedgerRequest {
  readonly method: string
  readonly path: string
  readonly act: string
  readonly body?: unknown
  /** A 404 is an answer, not an error. */
  readonly missing?: boolean
}

function request(
  context: Context,
  { method, path, act, body, missing }: LedgerRequest,
): Promise<PlatformReply> {
  return context.call({
    act,
    budget: 'all',
    repeatable: method !== 'POST',
    timeoutMs: 1000,
    async send(signal) {
      const response = await context.fetch(`${context.config.url}${path}`, {
        method,
        signal,
        ...(body !== undefined && {
          body: JSON.stringify(body),
          headers: { 'content-type': 'application/json' },
        }),
      })
      const text = await response.text()
      return { status: response.status, headers: Object.fromEntries(response.headers), body: parseJson(text) }
    },
    classify: (reply) => classify(reply, act, missing ?? false),
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const codes = {
  400: 'platform.batch_refused',
  401: 'platform.auth_expired',
  403: 'platform.quota_exhausted',
  404: 'platform.audience_unusable',
  410: 'platform.session_lost',
  413: 'platform.request_too_large',
  429: 'platform.rate_limited',
} as const

function classify(reply: PlatformReply, act: string, missing: boolean): PlatformError | undefined {
  const { status, headers } = reply
  if (status === 404 && missing) return undefined
  if (status < 300) {
    return typeof reply.body === 'object'
      ? undefined
      : new PlatformError('platform.unreadable_answer', { act })
  }
  const known = Object.entries(codes).find(([code]) => Number(code) === status)
  const retryAfter = headers['retry-after']
  return new PlatformError(
    known?.[1] ?? 'platform.transient',
    { act, said: `status ${status}` },
    {
      ...(retryAfter !== undefined && { retryAfterMs: Number(retryAfter) * 1000 }),
      ...(headers['quota-reset'] !== undefined && { until: Number(headers['quota-reset']) }),
    },
  )
}

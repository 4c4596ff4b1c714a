import { z } from 'zod'
import type {
  Audience,
  Destination,
  DestinationRecord,
  WriteRequest,
} from '../../../core/connector/destination.ts'
import type { Outcome } from '../../../core/connector/outcome.ts'
import { toSaid } from '../../../core/connector/to-said.ts'
import { callExample, recordsPerRequest, toRequests, type ExampleContext } from '../client.ts'
import type { ExampleConfig } from '../config.ts'

const listAnswer = z.object({ id: z.string(), name: z.string(), size: z.int() })
const keysAnswer = z.object({ keys: z.array(z.string()), after: z.string().nullable() })
const writeAnswer = z.object({
  results: z.array(
    z.object({
      status: z.enum(['done', 'nothing_to_do', 'invalid']),
      key: z.string().optional(),
      message: z.string().optional(),
    }),
  ),
})

/** A list of people by e-mail address. It can do everything the contract knows; take out what your platform cannot. */
export const list: Destination<ExampleConfig> = {
  kind: 'list',
  description: 'A list of people, matched by e-mail address.',
  capabilities: {
    remove: true,
    update: true,
    readMembers: true,
    readSize: true,
    create: true,
    repeatable: true,
  },
  fields: {
    email: { type: 'text', description: 'E-mail address.', matches: 'email' },
    first_name: { type: 'text', description: 'First name.' },
  },
  // Several requests' worth, so that the hub writes its books once for all of them.
  recordsPerBatch: 5 * recordsPerRequest,
  find: findList,
  create: createList,
  add: (context, request) => writeMembers(context, request, 'PUT'),
  remove: (context, request) => writeMembers(context, request, 'DELETE'),
  readMembers,
  async readSize(context, audience) {
    const found = await callExample(context, {
      act: 'reading the size of a list',
      request: { method: 'GET', path: `/lists/${audience.externalId}`, input: {} },
      answer: listAnswer,
      repeatable: true,
    })
    return { atLeast: found?.size ?? null, atMost: found?.size ?? null }
  },
}

async function findList(
  context: ExampleContext,
  wanted: { name: string; externalId?: string },
): Promise<Audience | null> {
  const path = wanted.externalId === undefined ? '/lists' : `/lists/${wanted.externalId}`
  const found = await callExample(context, {
    act: 'finding a list',
    request: { method: 'GET', path, input: { name: wanted.name } },
    answer: listAnswer,
    repeatable: true,
    accept: [404],
  })
  // Name the way back: a stored id that is gone means that the list was deleted and may have been made anew under its name.
  if (!found) return wanted.externalId === undefined ? null : findList(context, { name: wanted.name })
  return { externalId: found.id, name: found.name }
}

async function createList(context: ExampleContext, wanted: { name: string }): Promise<Audience> {
  const act = 'creating a list'
  const created = listAnswer.parse(
    await callExample(context, {
      act,
      request: { method: 'POST', path: '/lists', input: { name: wanted.name } },
      answer: listAnswer,
      // Names are not unique on the platform: after an unknown answer the hub looks for the list before it creates again.
      repeatable: false,
    }),
  )
  return { externalId: created.id, name: created.name }
}

/** One outcome per record, in the order given: the records that cannot be sent are rejected here, the rest by the platform. */
async function writeMembers(
  context: ExampleContext,
  request: WriteRequest,
  method: 'PUT' | 'DELETE',
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = request.records.map(() => missingEmail)
  const sendable = [...request.records.entries()].filter(([, record]) => hasEmail(record))
  for (const part of toRequests(sendable)) {
    request.signal.throwIfAborted()
    const answers = await sendMembers(context, {
      method,
      path: `/lists/${request.audience.externalId}/members`,
      input: { members: part.map(([, record]) => record.fields) },
    })
    for (const [place, [index]] of part.entries()) outcomes[index] = answers[place] ?? noAnswer
  }
  return outcomes
}

const missingEmail: Outcome = {
  status: 'rejected',
  reason: { code: 'missing_identifier', message: 'The record has no e-mail address.' },
}
const noAnswer: Outcome = {
  status: 'unknown',
  reason: { code: 'no_answer', message: 'The platform did not say what became of this record.' },
}

function hasEmail(record: DestinationRecord): boolean {
  return typeof record.fields['email'] === 'string' && record.fields['email'] !== ''
}

async function sendMembers(
  context: ExampleContext,
  request: Parameters<typeof callExample>[1]['request'],
): Promise<Outcome[]> {
  const act = request.method === 'PUT' ? 'adding members to a list' : 'removing members from a list'
  const answer = await callExample(context, { act, request, answer: writeAnswer, repeatable: true })
  return (answer?.results ?? []).map((result) => {
    const key = result.key === undefined ? {} : { key: result.key }
    if (result.status === 'done') return { status: 'applied', ...key }
    if (result.status === 'nothing_to_do') return { status: 'skipped', ...key }
    return { status: 'rejected', reason: { code: 'invalid_email', message: toSaid(result.message ?? '') } }
  })
}

async function* readMembers(
  context: ExampleContext,
  audience: Audience,
  signal: AbortSignal,
): AsyncGenerator<readonly string[]> {
  let after: string | null = null
  do {
    signal.throwIfAborted()
    const path = `/lists/${audience.externalId}/members`
    const answer: z.output<typeof keysAnswer> | undefined = await callExample(context, {
      act: 'reading members of a list',
      request: { method: 'GET', path, input: { after } },
      answer: keysAnswer,
      repeatable: true,
    })
    if (!answer) return
    yield answer.keys
    after = answer.after
  } while (after !== null)
}

/**
 * A platform that behaves, in memory. It speaks in requests and replies like a web API, so that the connector meets what it would
 * meet outside: statuses, headers, paging, limits, refusals, cut connections. A real connector's sandbox is a local server made with
 * `connectors/sandbox-kit`, written from the vendor's documentation and never from our own client.
 */
import { z } from 'zod'
import type { PlatformReply } from '../../../core/port/platform-caller.ts'
import { inventPeople, type ExamplePerson } from './example-people.ts'
import { readLists, writeLists, type ExampleList } from './list-file.ts'

export interface ExampleRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly input: Readonly<Record<string, unknown>>
}

/** What the next request meets instead of an answer. */
export type ExampleFault =
  | {
      readonly kind: 'reply'
      readonly reply: {
        readonly status: number
        readonly headers?: PlatformReply['headers']
        readonly body?: unknown
      }
    }
  | { readonly kind: 'cut' }

const membersPerRequest = 100
const memberInput = z.object({ email: z.string(), first_name: z.string().optional() })
const membersInput = z.object({ members: z.array(memberInput).min(1).max(membersPerRequest) })
const pageInput = z.object({ after: z.string().nullable(), limit: z.int().min(1).max(100) })
const memberPageInput = z.object({ after: z.string().nullable() })
const nameInput = z.object({ name: z.string() })
const emailInput = z.object({ email: z.string() })

const ok = (body: unknown): PlatformReply => ({ status: 200, headers: { 'x-remaining': '99' }, body })
const refuse = (status: number, message: string): PlatformReply => ({
  status,
  headers: {},
  body: { message },
})

/** One account of the platform. */
export class ExampleSandbox {
  readonly lists: ExampleList[]
  requests = 0
  readonly #file: string | undefined
  #people: ExamplePerson[]
  #faults: ExampleFault[] = []

  constructor(people: readonly ExamplePerson[], file?: string) {
    this.#people = [...people]
    this.#file = file
    this.lists = file === undefined ? [] : readLists(file)
  }

  /** The next request meets this fault. */
  strike(fault: ExampleFault): void {
    this.#faults.push(fault)
  }

  /** Writes a person; who is written last stands last in the order of changes. */
  putPerson(person: ExamplePerson): void {
    this.#people = [...this.#people.filter((other) => other.id !== person.id), person]
  }

  async send(request: ExampleRequest, signal: AbortSignal): Promise<PlatformReply> {
    signal.throwIfAborted()
    this.requests += 1
    const fault = this.#faults.shift()
    if (fault?.kind === 'cut') throw new Error('connection reset')
    if (fault) return { headers: {}, body: undefined, ...fault.reply }
    const reply = this.#answer(request)
    if (this.#file !== undefined && request.method !== 'GET') writeLists(this.#file, this.lists)
    return reply
  }

  #answer({ method, path, input }: ExampleRequest): PlatformReply {
    const [, resource, id, part] = path.split('/')
    if (resource === 'account') return ok({ name: 'Example account', can_write: true })
    if (resource === 'people') return method === 'GET' ? this.#readPeople(input) : this.#erase(input)
    if (resource !== 'lists') return refuse(404, 'no such resource')
    if (method === 'POST') return this.#createList(input)
    const name = nameInput.safeParse(input).data?.name
    const list = this.lists.find((candidate) =>
      id === undefined ? candidate.name === name : candidate.id === id,
    )
    if (!list) return refuse(404, 'no such list')
    if (part === undefined) return ok({ id: list.id, name: list.name, size: list.members.size })
    return method === 'GET' ? readMembers(list, input) : writeMembers(list, method, input)
  }

  #readPeople(input: unknown): PlatformReply {
    const { after, limit } = pageInput.parse(input)
    const start = after === null ? 0 : this.#people.findIndex((person) => tokenOf(person) > after)
    const people = start < 0 ? [] : this.#people.slice(start, start + limit)
    const last = people.at(-1)
    return ok({
      people,
      after: last ? tokenOf(last) : after,
      has_more: start >= 0 && start + limit < this.#people.length,
    })
  }

  #createList(input: unknown): PlatformReply {
    const list = {
      id: `list-${this.lists.length + 1}`,
      name: nameInput.parse(input).name,
      members: new Map(),
    }
    this.lists.push(list)
    return ok({ id: list.id, name: list.name, size: 0 })
  }

  #erase(input: unknown): PlatformReply {
    const { email } = emailInput.parse(input)
    const known = this.#people.length
    this.#people = this.#people.filter((person) => person.email !== email)
    const listed = this.lists.filter((list) => list.members.delete(email)).length
    return ok({ erased: known - this.#people.length + listed })
  }
}

function readMembers(list: ExampleList, input: unknown): PlatformReply {
  const { after } = memberPageInput.parse(input)
  const keys = [...list.members.keys()].sort().filter((key) => after === null || key > after)
  const page = keys.slice(0, membersPerRequest)
  return ok({ keys: page, after: keys.length > page.length ? page.at(-1) : null })
}

function writeMembers(list: ExampleList, method: string, input: unknown): PlatformReply {
  const { success, data } = membersInput.safeParse(input)
  if (!success) return refuse(400, `1 to ${membersPerRequest} members are expected`)
  return ok({
    results: data.members.map((member) => {
      const key = member.email
      if (!/^[^@\s]+@[^@\s]+$/.test(key))
        return { status: 'invalid', message: `"${key}" is no e-mail address` }
      if (method === 'DELETE') return { status: list.members.delete(key) ? 'done' : 'nothing_to_do', key }
      list.members.set(key, member.first_name ?? '')
      return { status: 'done', key }
    }),
  })
}

/** Sorts as the changes do: ISO time first, then id. */
function tokenOf(person: ExamplePerson): string {
  return `${person.updated_at} ${person.id}`
}

const accounts = new Map<string, ExampleSandbox>()

/**
 * The account of this name in this process; made with 25 invented people when it is first asked for. With a file its lists outlive the
 * process, as a real platform's do, and each file is an account of its own.
 */
export function openExampleSandbox(account: string, file?: string): ExampleSandbox {
  const key = JSON.stringify([account, file])
  const open = accounts.get(key) ?? new ExampleSandbox(inventPeople(25), file)
  accounts.set(key, open)
  return open
}

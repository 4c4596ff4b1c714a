import {
  startSandboxServer,
  type SandboxReply,
  type SandboxRequest,
  type SandboxServer,
} from '../../connectors/sandbox-kit/sandbox-server.ts'
import type { Clock } from '../../core/port/clock.ts'

/** The smallest platform that a sync can fail on: people to read, lists to write, a ledger of what it accepted. */
export interface LedgerPlatform extends SandboxServer {
  /** Who is on a list now, by e-mail address, sorted. */
  members(name: string): string[]
  /** The people that its source gives. */
  people: { id: string; email: string; consent: string }[]
  /** Deletes a list on the platform's side. */
  dropList(name: string): void
  /** Exchanges under way are given up: their next part is refused. */
  loseExchanges(): void
  /** Writes that reached it, answered or not. */
  writes(): number
}

interface List {
  readonly id: string
  readonly name: string
  readonly members: Set<string>
}

/** E-mail addresses with "invalid" in them are refused, each by itself. */
export async function startLedgerPlatform(clock: Clock): Promise<LedgerPlatform> {
  const lists = new Map<string, List>()
  let created = 0
  const people: LedgerPlatform['people'] = []
  const exchanges = new Map<string, { readonly members: string[]; readonly parts: Set<number> }>()
  const exchange = (request: SandboxRequest): SandboxReply => {
    const list = lists.get(request.params['id'] ?? '')
    const { session, part, last } = request.body as { session: string; part: number; last: boolean }
    if (!list) return { status: 404, body: {} }
    if (part === 1 ? exchanges.has(session) : !exchanges.has(session)) return { status: 410, body: {} }
    const open = exchanges.get(session) ?? { members: [], parts: new Set() }
    exchanges.set(session, open)
    const emails = emailsOf(request.body)
    if (!open.parts.has(part)) open.members.push(...emails)
    open.parts.add(part)
    server.ledger.push({ at: clock.now(), operation: `exchange ${part}`, target: list.name, members: emails })
    if (!last) return { status: 200, body: {} }
    list.members.clear()
    for (const email of open.members) list.members.add(email)
    exchanges.delete(session)
    return { status: 200, body: {} }
  }
  const byName = (name: string): List | undefined => [...lists.values()].find((list) => list.name === name)
  const write = (request: SandboxRequest): SandboxReply => {
    const list = lists.get(request.params['id'] ?? '')
    if (!list) return { status: 404, body: {} }
    const operation = request.method === 'PUT' ? 'add' : 'remove'
    const emails = emailsOf(request.body)
    const results = emails.map((email) => {
      if (email.includes('invalid')) return { status: 'invalid' }
      const changed = operation === 'add' ? !list.members.has(email) : list.members.has(email)
      if (operation === 'add') list.members.add(email)
      else list.members.delete(email)
      return { status: changed ? 'done' : 'nothing_to_do', key: `key-${email}` }
    })
    server.ledger.push({ at: clock.now(), operation, target: list.name, members: emails })
    return { status: 200, body: { results } }
  }
  const erase = (request: SandboxRequest): SandboxReply => {
    const emails = emailsOf(request.body)
    let erased = 0
    for (const { members } of lists.values())
      for (const email of emails) if (members.delete(email)) erased += 1
    server.ledger.push({ at: clock.now(), operation: 'erase', target: 'account', members: emails })
    return { status: 200, body: { erased } }
  }
  const server = await startSandboxServer({
    clock,
    routes: [
      {
        method: 'GET',
        pattern: /^\/people$/,
        answer: ({ query }) => {
          const from = Number(query.get('after'))
          const page = people.slice(from, from + Number(query.get('limit')))
          return { status: 200, body: { people: page, after: from + page.length, total: people.length } }
        },
      },
      {
        method: 'GET',
        pattern: /^\/lists$/,
        answer: ({ query }) => {
          const list = byName(query.get('name') ?? '')
          return list ? { status: 200, body: { id: list.id, name: list.name } } : { status: 404, body: {} }
        },
      },
      {
        method: 'POST',
        pattern: /^\/lists$/,
        answer: ({ body }) => {
          created += 1
          const id = `list-${created}`
          const name = (body as { name: string }).name
          lists.set(id, { id, name, members: new Set() })
          return { status: 201, body: { id, name } }
        },
      },
      {
        method: 'GET',
        pattern: /^\/lists\/(?<id>[^/]+)$/,
        answer: ({ params }) => {
          const list = lists.get(params['id'] ?? '')
          return list
            ? { status: 200, body: { id: list.id, name: list.name, size: list.members.size } }
            : { status: 404, body: {} }
        },
      },
      {
        method: 'GET',
        pattern: /^\/lists\/(?<id>[^/]+)\/members$/,
        answer: ({ params }) => ({
          status: 200,
          body: { keys: [...(lists.get(params['id'] ?? '')?.members ?? [])].map((email) => `key-${email}`) },
        }),
      },
      { method: 'PUT', pattern: /^\/erasures$/, answer: erase },
      { method: 'PUT', pattern: /^\/lists\/(?<id>[^/]+)\/members$/, answer: write },
      { method: 'DELETE', pattern: /^\/lists\/(?<id>[^/]+)\/members$/, answer: write },
      { method: 'PUT', pattern: /^\/lists\/(?<id>[^/]+)\/exchange$/, answer: exchange },
    ],
  })
  return {
    ...server,
    people,
    members: (name) => [...(byName(name)?.members ?? [])].sort(),
    dropList(name) {
      const list = byName(name)
      if (list) lists.delete(list.id)
    },
    loseExchanges: () => exchanges.clear(),
    writes: () =>
      server.requests.filter(({ method, path }) => method !== 'GET' && path.endsWith('/members')).length,
  }
}

function emailsOf(body: unknown): string[] {
  return (body as { members: { email: string }[] }).members.map((member) => member.email)
}

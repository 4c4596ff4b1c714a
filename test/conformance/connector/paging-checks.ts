import { describe, expect } from 'vitest'
import type { CallPlatform, PlatformReply } from '../../../core/port/platform-caller.ts'
import { check } from './check.ts'
import type { ConnectorSuite, PagingCase } from './harness.ts'
import { openSession, type Session } from './session.ts'

const { signal } = new AbortController()

/** Pages that are read before a reader that turns round in circles is taken for one that never ends. */
const manyPages = 50

/** Ids in the order in which they are read. */
async function readIds(session: Session, stream: string): Promise<string[]> {
  const { source, seeded } = session.source(stream)
  const ids: string[] = []
  let pages = 0
  for await (const page of source.read({ cursor: null, fields: seeded.fields, signal })) {
    ids.push(...page.records.map((record) => record.externalId))
    pages += 1
    if (pages > manyPages) throw new Error('the reading does not end')
  }
  return ids
}

/** Changes the answers of a platform on their way to the connector. */
type Tamper = (act: string, reply: PlatformReply) => PlatformReply

const tampering =
  (tamper: Tamper) =>
  (call: CallPlatform): CallPlatform =>
  (request) =>
    call({ ...request, send: async (until) => tamper(request.act, await request.send(until)) })

const asItIs: Tamper = (_act, reply) => reply

/** Traps that platforms are known to set when pages are turned. */
export function describePaging(suite: ConnectorSuite, stream: string): void {
  const start = async (tamper: (paging: PagingCase) => Tamper): Promise<Session> => {
    let change: Tamper = asItIs
    const opened = await openSession(
      suite,
      tampering((act, reply) => change(act, reply)),
    )
    const paging = opened.harness.sources[stream]?.paging
    if (!paging) throw new Error(`the harness does not say how "${stream}" turns its pages`)
    change = tamper(paging)
    return opened
  }
  const turned = {
    when: suite.connector.budgets.length > 0 && suite.pagedByOffset?.includes(stream) !== true,
    never: 'no cursor of a platform turns its pages',
  }

  describe(`paging of ${stream}`, () => {
    check('gives up when the same cursor comes again, in place of reading for ever', {
      ...turned,
      async test() {
        const opened = await start((paging) => {
          const first = new Map<string, PlatformReply>()
          return (act, reply) => {
            if (!first.has(act) && paging.hasMore(reply.body)) first.set(act, reply)
            return first.get(act) ?? reply
          }
        })
        const error = await opened.failure(() => readIds(opened, stream))
        expect(['connector.cursor_repeated', 'platform.unreadable_answer']).toContain(error.code)
        await opened.close()
      },
    })

    check('goes on after an empty page that announces more', {
      ...turned,
      async test() {
        let emptied = 0
        const opened = await start((paging) => {
          let seen = 0
          return (_act, reply) => {
            if (!paging.hasMore(reply.body)) return reply
            seen += 1
            if (seen !== 2) return reply
            emptied += 1
            return { ...reply, body: paging.emptied(reply.body) }
          }
        })
        const ids = await readIds(opened, stream)
        const { externalIds } = opened.harness.sources[stream] ?? { externalIds: [] }
        expect(emptied, 'the second page was emptied').toBe(1)
        expect(new Set(ids).size, 'nothing comes twice').toBe(ids.length)
        expect(ids.length).toBeGreaterThan(externalIds.length / 2)
        expect(ids, 'the last record is read').toContain(externalIds.at(-1))
        await opened.close()
      },
    })
  })
}

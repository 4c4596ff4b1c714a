import * as fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import type { ChangeSignal } from '../../../core/connector/signal.ts'
import type { Cursor } from '../../../core/connector/source.ts'
import { connectSalesforce, failure, never, openOrg, sessionOf, type OpenSandbox } from './open-salesforce.ts'
import { beginFeed, feedConfig, inWords, openFeed, readFeed } from './read-feed.ts'

let open: OpenSandbox
afterEach(() => open.sandbox.close())

const hour = 3_600_000

const contact = (more: Record<string, string | boolean> = {}): string =>
  open.sandbox.org.insert('Contact', { LastName: 'L', Email: 'p0@example.com', ...more }).id

const refuse = async (error: string) => {
  open = await openFeed()
  const body = [{ channel: '/meta/subscribe', successful: false, error }]
  const headers = { 'content-type': 'application/json' }
  open.sandbox.faults.add({
    kind: 'reply',
    match: /cometd/,
    skip: 2,
    reply: { status: 200, headers, body },
  })
  return failure(readFeed(open, null))
}

const step = fc.record({
  changes: fc.integer({ min: 0, max: 130 }),
  trouble: fc.constantFrom('none', 'lost', 'cut'),
  skip: fc.integer({ min: 0, max: 5 }),
  when: fc.constantFrom('before' as const, 'after' as const),
})

describe('gaps', () => {
  it('a gap event names its record, an overflow the whole stream', async () => {
    open = await openFeed()
    const id = contact()
    const cursor = await beginFeed(open)
    open.sandbox.changes.publish('Contact', 'GAP_UPDATE', [id])
    open.sandbox.changes.publish('Lead', 'GAP_OVERFLOW', ['000000000000000AAA'])
    open.sandbox.changes.publish('Contact', 'UPDATE', ['003*'])
    expect(inWords(await readFeed(open, cursor))).toEqual([
      `changed contacts ${id}`,
      'changed leads',
      'changed contacts',
    ])
  })

  it('2.6, trap 14, 16: behind an id that is older than 72 hours every stream counts as changed, and the feed goes on', async () => {
    open = await openFeed()
    const cursor = await beginFeed(open)
    contact()
    const { cursor: old } = await readFeed(open, cursor)
    open.clock.advance(73 * hour)
    const lead = open.sandbox.org.insert('Lead', { LastName: 'L', Company: 'C' }).id
    const { signals, cursor: next } = await readFeed(open, old)
    const whole = signals.filter(({ externalId }) => externalId === undefined)
    expect(whole.map(({ stream }) => stream)).toEqual(
      expect.arrayContaining(['contacts', 'leads', 'accounts']),
    )
    expect(signals.at(-1)).toMatchObject({ kind: 'changed', stream: 'leads', externalId: lead })
    expect((await readFeed(open, next)).signals).toEqual([])
  })

  it('an org that stayed quiet for longer tells so once, not at each read', async () => {
    open = await openFeed()
    const cursor = await beginFeed(open)
    contact()
    const { cursor: old } = await readFeed(open, cursor)
    open.clock.advance(73 * hour)
    const { signals, cursor: next } = await readFeed(open, old)
    expect(signals.length).toBeGreaterThan(0)
    expect((await readFeed(open, next)).signals).toEqual([])
  })

  it('a position in another org or on another channel is none here', async () => {
    open = await openFeed()
    const cursor = await beginFeed(open)
    contact()
    const { cursor: here } = await readFeed(open, cursor)
    const grant = await sessionOf(open.sandbox).current()
    const facts = { ...grant.facts, org_id: '00D5g000004OTHREA4' }
    const elsewhere = connectSalesforce(open.sandbox.url, open.clock, {
      config: feedConfig,
      credentials: { current: async () => ({ ...grant, facts }) },
    })
    const { signals, cursor: there } = await readFeed(elsewhere, here)
    expect(signals).toEqual([])
    expect(there).toMatchObject({ org: '00D5g000004OTHREA4', replayId: null })
  })
})

describe('a session that fails', () => {
  it('trap 14: is opened anew behind the last event when the server has given it up', async () => {
    open = await openFeed()
    const cursor = await beginFeed(open)
    contact()
    const { cursor: known } = await readFeed(open, cursor)
    const id = contact()
    const [feed] = open.connection.signalFeeds
    const refusal = { channel: '/meta/connect', successful: false, error: '403::Unknown client' }
    open.sandbox.faults.add({
      kind: 'reply',
      match: /cometd/,
      skip: 3,
      reply: { status: 200, headers: { 'content-type': 'application/json' }, body: [refusal] },
    })
    const signals: ChangeSignal[] = []
    for await (const page of feed?.read({ cursor: known, signal: never }) ?? []) signals.push(...page.signals)
    expect(signals.map(({ externalId }) => externalId)).toEqual([id])
  })

  it('trap 17: asks for the token anew with each poll', async () => {
    open = await openFeed()
    const tokens: string[] = []
    const fresh = connectSalesforce(open.sandbox.url, open.clock, {
      config: feedConfig,
      credentials: {
        current: async () => {
          const grant = await sessionOf(open.sandbox).current()
          tokens.push(grant.accessToken)
          return grant
        },
      },
    })
    await readFeed(fresh, null)
    expect(new Set(tokens).size).toBe(tokens.length)
    expect(tokens.length).toBeGreaterThan(3)
  })

  it('loses nothing when an answer is lost: the next read begins behind the last page', async () => {
    open = await openFeed()
    const cursor = await beginFeed(open)
    const id = contact()
    open.sandbox.faults.add({ kind: 'cut', match: /cometd/, skip: 3, when: 'after' })
    expect((await failure(readFeed(open, cursor))).code).toBe('platform.transient')
    expect(inWords(await readFeed(open, cursor))).toEqual([`changed contacts ${id}`])
  })
})

describe('whatever happens on the way', () => {
  it('every change is told, in its order, over reads that break off and sessions that are given up', () =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        open = await openFeed()
        let cursor: Cursor | null = await beginFeed(open)
        const changed: string[] = []
        const told: string[] = []
        const follow = async (isLost = false): Promise<void> => {
          const [feed] = open.connection.signalFeeds
          try {
            for await (const page of feed?.read({ cursor, signal: never }) ?? []) {
              told.push(...page.signals.flatMap(({ externalId }) => externalId ?? []))
              cursor = page.cursor
              if (isLost) open.sandbox.cometd.forgetClients()
            }
          } catch {
            // The next read goes on behind the last page.
          }
        }
        for (const each of steps) {
          for (let count = 0; count < each.changes; count += 1) changed.push(contact())
          if (each.trouble === 'cut')
            open.sandbox.faults.add({ kind: 'cut', match: /cometd/, skip: each.skip, when: each.when })
          await follow(each.trouble === 'lost')
          open.sandbox.faults.clear()
        }
        await follow()
        await open.sandbox.close()
        expect(told).toEqual(changed)
      }),
      { numRuns: 10 },
    ))
})

describe('a refusal of the feed', () => {
  it('a channel that is not selected says what the admin must do', async () => {
    open = await openOrg({}, { change_channel: '/data/ContactChangeEvent' })
    const error = await failure(readFeed(open, null))
    expect(error.code).toBe('platform.permission_missing')
    expect(error.params['remedy']).toMatch(/Setup › Change Data Capture/)
  })

  it('a used-up allocation of events is looked at again in an hour', async () => {
    open = await openFeed({ dailyEvents: 0 })
    expect(await failure(readFeed(open, null))).toMatchObject({
      code: 'platform.quota_exhausted',
      wait: { until: open.clock.now() + hour },
    })
  })

  it.each([
    ['401::Authentication invalid', 'platform.auth_expired'],
    ['403:denied_by_security_policy:subscribe_denied', 'platform.permission_missing'],
    ['503::Server is busy', 'platform.transient'],
    ['403::Organization concurrent user limit exceeded', 'platform.transient'],
    ['400::Query fields {X} do not exist', 'platform.invalid_request'],
  ])('"%s" is %s', async (words, code) => {
    expect((await refuse(words)).code).toBe(code)
  })

  it('a dead session at the handshake asks for a new token', async () => {
    open = await openFeed()
    const dead = connectSalesforce(open.sandbox.url, open.clock, {
      config: feedConfig,
      credentials: {
        current: async () => ({
          accessToken: 'dead',
          expiresAt: null,
          facts: { instance_url: open.sandbox.url },
        }),
      },
    })
    expect((await failure(readFeed(dead, null))).code).toBe('platform.auth_expired')
  })

  it('trap 25: a maintenance page may pass, a login page is no answer', async () => {
    open = await openFeed()
    open.sandbox.faults.add({ kind: 'reply', reply: { status: 503, body: '<html>Maintenance</html>' } })
    expect((await failure(readFeed(open, null))).code).toBe('platform.transient')
    open.sandbox.faults.add({ kind: 'reply', reply: { status: 200, body: '<html>Log in</html>' } })
    expect((await failure(readFeed(open, null))).code).toBe('platform.unreadable_answer')
  })
})

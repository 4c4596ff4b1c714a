import { describe, expect, it } from 'vitest'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { PlatformErrorCode } from '../../../core/errors/error-codes.ts'
import { check } from './check.ts'
import { refusalKinds, type Blow, type ConnectorSuite, type Refusal } from './harness.ts'
import { plainRefusals, quoted } from './refusals.ts'
import { openSession, type Session } from './session.ts'

const html = '<!DOCTYPE html><html><body>Scheduled maintenance</body></html>'

const brokenAnswers: readonly {
  what: string
  reply: Refusal['reply']
  codes: readonly PlatformErrorCode[]
}[] = [
  { what: 'HTML with status 200', reply: { status: 200, body: html }, codes: ['platform.unreadable_answer'] },
  {
    what: 'an empty body with status 200',
    reply: { status: 200, body: '' },
    codes: ['platform.unreadable_answer'],
  },
  { what: 'HTML with status 502', reply: { status: 502, body: html }, codes: ['platform.transient'] },
  {
    what: 'JSON of another shape with status 200',
    reply: { status: 200, body: { surprise: [1, 2, 3] } },
    codes: ['platform.unreadable_answer'],
  },
]

/** How a connection is tested, and how the platform's refusals become the shared errors. */
export function describeErrors(suite: ConnectorSuite): void {
  const hasPlatform = suite.connector.budgets.length > 0

  describe('calls and errors', () => {
    it('tests the connection and says what to do about each thing that does not work', async () => {
      const opened = await openSession(suite)
      const checks = await opened.connection.test()
      expect(checks.length).toBeGreaterThan(0)
      for (const line of checks) expect(line).toMatchObject({ ok: true })
      await opened.close()
    })

    check('makes every request through `context.call`, once', {
      when: hasPlatform,
      never: 'it calls nobody, so it has no refusals to map either',
      test: async () => {
        const opened = await openSession(suite)
        await probe(suite, opened)
        expect(opened.calls.length).toBeGreaterThan(0)
        expect(opened.harness.platform?.countRequests()).toBe(opened.calls.length)
        await opened.close()
      },
    })

    if (hasPlatform) describeRefusals(suite)
  })
}

function describeRefusals(suite: ConnectorSuite): void {
  for (const kind of refusalKinds)
    it(`maps "${kind}" to the code that says what the engine does`, async () => {
      const opened = await openSession(suite)
      const expected = opened.harness.platform?.refusals?.[kind] ?? plainRefusals[kind]
      const error = await provoke(suite, opened, { kind: 'reply', reply: expected.reply })
      expect(expected.codes).toContain(error.code)
      const wait = error.wait.retryAfterMs ?? error.wait.until ?? 0
      expect(kind !== 'rate_limited' || wait > 0, 'a limit tells how long to wait').toBe(true)
      await opened.close()
    })

  it.each(brokenAnswers)('takes $what for no success', async ({ reply, codes }) => {
    const opened = await openSession(suite)
    const error = await provoke(suite, opened, { kind: 'reply', reply })
    expect(codes).toContain(error.code)
    await opened.close()
  })

  it('takes a cut connection for a failure that may pass', async () => {
    const opened = await openSession(suite)
    const error = await provoke(suite, opened, { kind: 'cut' })
    expect(error.code).toBe('platform.transient')
    await opened.close()
  })
}

/** Strikes the platform, makes a call, and returns the error it became after checking what every error must keep to. */
async function provoke(suite: ConnectorSuite, session: Session, blow: Blow): Promise<PlatformError> {
  session.harness.platform?.strike(blow)
  const error = await session.failure(() => probe(suite, session))
  expect(error).toBeInstanceOf(PlatformError)
  expect(`${error.message} ${JSON.stringify(error.params)}`, 'the platform quoted a person').not.toContain(
    quoted,
  )
  expect(error.params['act'], 'params.act').toMatch(/^[a-z]+ing\b/)
  return error as PlatformError
}

async function probe(suite: ConnectorSuite, session: Session): Promise<unknown> {
  const own = session.harness.platform?.probe
  if (own) return own(session.connection)
  const [stream] = suite.streams ?? suite.connector.sources.map((source) => source.name)
  if (stream === undefined) {
    const [kind] = Object.keys(session.harness.destinations)
    return session.destination(kind ?? '').destination.find({ name: 'Conformance audience' })
  }
  const { source, seeded } = session.source(stream)
  const request = { cursor: null, fields: seeded.fields, signal: new AbortController().signal }
  for await (const page of source.read(request)) return page
  return undefined
}

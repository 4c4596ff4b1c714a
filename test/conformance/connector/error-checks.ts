import { describe, expect, it } from 'vitest'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { PlatformErrorCode } from '../../../core/errors/error-codes.ts'
import { check } from './check.ts'
import { refusalKinds, type ConnectorSuite, type Refusal, type RefusalKind } from './harness.ts'
import { openSession, type Session } from './session.ts'

/** A person whom the platform quotes in its refusals; nothing of it may come out of the connector. */
const quoted = 'quoted.person@example.com'
const body = { message: `Value "${quoted}" is not accepted`, error: `Value "${quoted}" is not accepted` }

const plainRefusals: Record<RefusalKind, Refusal> = {
  unauthorised: { reply: { status: 401, body }, codes: ['platform.auth_expired'] },
  forbidden: { reply: { status: 403, body }, codes: ['platform.permission_missing'] },
  rate_limited: {
    reply: { status: 429, headers: { 'retry-after': '7' }, body },
    codes: ['platform.rate_limited', 'platform.quota_exhausted'],
  },
  bad_request: {
    reply: { status: 400, body },
    codes: ['platform.invalid_request', 'platform.batch_refused'],
  },
  not_found: { reply: { status: 404, body }, codes: ['platform.not_found', 'platform.audience_unusable'] },
  server_error: { reply: { status: 503, body }, codes: ['platform.transient'] },
}

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

/** How the platform's refusals become the shared errors. */
export function describeErrors(suite: ConnectorSuite): void {
  const when = suite.connector.budgets.length > 0
  const never = 'it calls nobody'
  const strike = async (
    blow: (session: Session) => void,
    verify: (error: PlatformError, session: Session) => void,
  ): Promise<void> => {
    const opened = await openSession(suite)
    blow(opened)
    const error = await opened.failure(() => probe(suite, opened))
    expect(error).toBeInstanceOf(PlatformError)
    expect(`${error.message} ${JSON.stringify(error.params)}`, 'the platform quoted a person').not.toContain(
      quoted,
    )
    expect(error.params['act'], 'params.act').toMatch(/^[a-z]+ing\b/)
    verify(error as PlatformError, opened)
    await opened.close()
  }

  describe('errors', () => {
    for (const kind of refusalKinds)
      check(`maps "${kind}" to the code that says what the engine does`, {
        when,
        never,
        test: () => {
          let expected = plainRefusals[kind]
          return strike(
            ({ harness }) => {
              expected = harness.platform?.refusals?.[kind] ?? expected
              harness.platform?.strike({ kind: 'reply', reply: expected.reply })
            },
            (error) => {
              expect(expected.codes).toContain(error.code)
              if (kind === 'rate_limited')
                expect(error.wait.retryAfterMs ?? error.wait.until, 'how long to wait').toBeGreaterThan(0)
            },
          )
        },
      })

    for (const { what, reply, codes } of brokenAnswers)
      check(`takes ${what} for no success`, {
        when,
        never,
        test: () =>
          strike(
            ({ harness }) => harness.platform?.strike({ kind: 'reply', reply }),
            (error) => expect(codes).toContain(error.code),
          ),
      })

    check('takes a cut connection for a failure that may pass', {
      when,
      never,
      test: () =>
        strike(
          ({ harness }) => harness.platform?.strike({ kind: 'cut' }),
          (error) => expect(error.code).toBe('platform.transient'),
        ),
    })

    check('makes every request through `context.call`, once', {
      when,
      never,
      test: async () => {
        const opened = await openSession(suite)
        await probe(suite, opened)
        expect(opened.calls.length).toBeGreaterThan(0)
        expect(opened.harness.platform?.countRequests()).toBe(opened.calls.length)
        await opened.close()
      },
    })

    it('tests the connection and says what to do about each thing that does not work', async () => {
      const opened = await openSession(suite)
      const checks = await opened.connection.test()
      expect(checks.length).toBeGreaterThan(0)
      for (const line of checks) expect(line).toMatchObject({ ok: true })
      await opened.close()
    })
  })
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

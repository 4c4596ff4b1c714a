import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { systemClock } from '../../../hub-server/net/system-clock.ts'
import { aServedHub, type ServedHub } from '../../support/a-served-hub.ts'
import { signIn } from '../../support/a-signed-in-person.ts'
import { makeUser } from '../../support/an-access-hub.ts'
import { httpRequest, type HttpAnswer } from '../../support/http-request.ts'
import { reportFigure } from '../../support/report-figure.ts'

type Headers = Readonly<Record<string, string>>

let hub: ServedHub
let ada: Headers
let bob: Headers

beforeAll(async () => {
  hub = await aServedHub()
  for (const name of ['Ada', 'Bob']) await makeUser(hub.hub.control, systemClock, name, 'admin')
  ada = await signIn(hub.url, 'Ada')
  bob = await signIn(hub.url, 'Bob')
})
afterAll(() => hub.close())

const post = (who: Headers, path: string, body?: object): Promise<HttpAnswer> =>
  httpRequest(`${hub.url}${path}`, {
    method: 'POST',
    headers: {
      ...who,
      'idempotency-key': randomUUID(),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
const get = (who: Headers, path: string): Promise<HttpAnswer> =>
  httpRequest(`${hub.url}${path}`, { headers: who })

const operation = z.object({
  id: z.string(),
  state: z.string(),
  error: z.object({ code: z.string() }).nullable(),
})
const problem = z.object({ code: z.string() })

/** "done", or the code that an act was refused with: at once, or in its operation. */
async function outcome(who: Headers, answer: HttpAnswer): Promise<string> {
  if (answer.status >= 400) return problem.parse(answer.json).code
  if (answer.status !== 202) return 'done'
  const { id } = operation.parse(answer.json)
  await get(who, `/v1/operations/${id}/events`)
  const ended = operation.parse((await get(who, `/v1/operations/${id}`)).json)
  return ended.state === 'succeeded' ? 'done' : (ended.error?.code ?? ended.state)
}

const approvals = z.object({
  requests: z.array(
    z.object({
      id: z.string(),
      digest: z.string(),
      kind: z.string(),
      state: z.string(),
      requested_by: z.string(),
    }),
  ),
})
type Approval = z.infer<typeof approvals>['requests'][number]

/** What waits for a second person, asked for by Ada. */
async function waiting(kind: string): Promise<Approval> {
  const { requests } = approvals.parse((await get(bob, '/v1/approvals')).json)
  const found = requests.find(
    (request) => request.kind === kind && request.state === 'waiting' && request.requested_by === 'user:Ada',
  )
  if (!found) throw new Error(`nothing of kind ${kind} waits`)
  return found
}

const decide = async (who: Headers, { id, digest }: Approval): Promise<string> =>
  outcome(who, await post(who, `/v1/approvals/${id}/decision`, { digest, approve: true }))

/** The source tells that these were erased there, and the hub looked at it. */
async function tellErased(...externalIds: readonly string[]): Promise<void> {
  const { control } = hub.hub
  await control.keepSignals(
    externalIds.map((externalId) => ({
      connection: 'contacts',
      signal: { id: `erased-${externalId}`, kind: 'erased', stream: 'people', externalId, occurredAt: 5 },
    })),
  )
  await control.settleSignals((await control.waitingSignals(100)).map(({ number }) => number))
}

/** An act over its route, what it would have done, and another content of it. */
interface Guarded {
  readonly kind: string
  readonly act: (who: Headers) => Promise<HttpAnswer>
  readonly change: () => Promise<void>
  /** How often it was carried out. */
  readonly done: () => Promise<number>
}

let invited = 'Eve'
const guarded: readonly Guarded[] = [
  {
    kind: 'mass_erase',
    act: (who) => post(who, '/v1/erasures-wanted/take-up'),
    change: () => tellErased('3'),
    done: async () => (await hub.hub.control.erasures()).length,
  },
  {
    kind: 'role_grant',
    act: (who) => post(who, '/v1/users', { name: invited, role: 'operator' }),
    change: async () => void (invited = 'Mallory'),
    done: async () => (await hub.hub.control.users()).length - 2,
  },
]

describe('X47: guarded acts over their routes', () => {
  it('X47: erasing many and giving a role wait for another person, who approved exactly that', async (context) => {
    await tellErased('1', '2')
    const bypasses: string[] = []
    let tried = 0
    for (const { kind, act, change, done } of guarded) {
      const expectRefusal = async (what: string, code: string, found: Promise<string>): Promise<void> => {
        tried += 1
        const told = await found
        const carriedOut = await done()
        if (told !== code || carriedOut > 0) bypasses.push(`${kind}, ${what}: ${told}, ${carriedOut} done`)
      }
      const attempt = async (who: Headers): Promise<string> => outcome(who, await act(who))
      const needed = 'access.second_person_needed'
      await expectRefusal('alone', needed, attempt(ada))
      const first = await waiting(kind)
      await expectRefusal('approved by who asked', 'access.own_request', decide(ada, first))
      const other = { ...first, digest: 'b'.repeat(64) }
      await expectRefusal('another content approved', 'run.plan_changed', decide(bob, other))
      expect(await decide(bob, first)).toBe('done')
      await expectRefusal('done by who approved', needed, attempt(bob))
      await change()
      await expectRefusal('content changed after the approval', needed, attempt(ada))
      expect(await decide(bob, await waiting(kind))).toBe('done')
      expect(await attempt(ada)).toBe('done')
      expect(await done()).toBeGreaterThan(0)
    }
    reportFigure(context, {
      check: 'X47',
      claim: 'guarded acts carried out over HTTP without a second person, or after their content changed',
      value: bypasses.length,
      of: tried,
      target: '0',
    })
    expect(bypasses).toEqual([])
  })
})

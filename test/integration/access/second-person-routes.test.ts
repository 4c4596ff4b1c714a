import { randomUUID } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { systemClock } from '../../../hub-server/net/system-clock.ts'
import { aRun } from '../../support/a-run.ts'
import { aServedHub, type ServedHub } from '../../support/a-served-hub.ts'
import { signIn } from '../../support/a-signed-in-person.ts'
import { makeUser } from '../../support/an-access-hub.ts'
import { httpRequest, type HttpAnswer } from '../../support/http-request.ts'
import { reportFigure } from '../../support/report-figure.ts'

type Headers = Readonly<Record<string, string>>

let hub: ServedHub
let ada: Headers
let bob: Headers
let vic: Headers
/** Of a key that Ada made, with every right that a key may have for what is guarded. */
let robot: Headers

beforeAll(async () => {
  hub = await aServedHub()
  for (const name of ['Ada', 'Bob']) await makeUser(hub.hub.control, systemClock, name, 'admin')
  ada = await signIn(hub.url, 'Ada')
  bob = await signIn(hub.url, 'Bob')
  await makeUser(hub.hub.control, systemClock, 'Vic', 'viewer')
  vic = await signIn(hub.url, 'Vic')
  const scopes = ['people:erase', 'manifests:write', 'manifests:read', 'runs:read']
  const made = z.object({ key: z.string() })
  const { key } = made.parse((await post(ada, '/v1/api-keys', { name: 'nightly', scopes })).json)
  robot = { authorization: `Bearer ${key}` }
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

/** What waits for a second person. */
async function waiting(kind: string, actor = 'user:Ada'): Promise<Approval> {
  const { requests } = approvals.parse((await get(bob, '/v1/approvals')).json)
  const found = requests.find(
    (request) => request.kind === kind && request.state === 'waiting' && request.requested_by === actor,
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
let audience = 'Elsewhere'

/** Applies the manifests there are and one more sync, to an audience that it had none to. */
async function applyElsewhere(who: Headers): Promise<HttpAnswer> {
  const folder = join(hub.folder, 'manifests')
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'))
  const files = await Promise.all(
    names.map(async (name) => ({
      file: `manifests/${name}`,
      text: await readFile(join(folder, name), 'utf8'),
    })),
  )
  const like = files.find(({ file }) => file.endsWith('sync-first-audience.json'))
  const sync = syncSchema.parse(JSON.parse(like?.text ?? ''))
  const elsewhere = { ...sync, name: 'elsewhere', destination: { ...sync.destination, audience } }
  const inForce = z.object({ digest: z.string() }).parse((await get(bob, '/v1/manifests')).json)
  return post({ ...who, 'if-match': `"${inForce.digest}"` }, '/v1/manifests/apply', {
    files: [...files, { file: 'manifests/elsewhere.json', text: JSON.stringify(elsewhere) }],
  })
}
const syncSchema = z.looseObject({ destination: z.looseObject({}) })

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
    done: async () => (await hub.hub.control.users()).length - 3,
  },
  {
    kind: 'new_destination',
    act: applyElsewhere,
    change: async () => void (audience = 'Somewhere else'),
    done: async () => Number(hub.current.open().workspace.syncs.has('elsewhere')),
  },
]

/** What must be refused before, between and after approvals. */
async function tryAround({ kind, act, change, done }: Guarded): Promise<readonly string[]> {
  const told: string[] = []
  const expectCode = async (what: string, code: string, found: Promise<string>): Promise<void> => {
    const [given, carriedOut] = [await found, await done()]
    const isRight = given === code && carriedOut === 0
    told.push(isRight ? '' : `${kind}, ${what}: ${given}, ${carriedOut} done`)
  }
  const attempt = async (who: Headers): Promise<string> => outcome(who, await act(who))
  const needed = 'access.second_person_needed'
  await expectCode('alone', needed, attempt(ada))
  await expectCode('once more', needed, attempt(ada))
  const first = await waiting(kind)
  await expectCode('approved by who asked', 'access.own_request', decide(ada, first))
  await expectCode('approved by a viewer', 'api.not_allowed', decide(vic, first))
  await expectCode('approved by a key', 'api.not_allowed', decide(robot, first))
  const other = { ...first, digest: 'b'.repeat(64) }
  await expectCode('another content approved', 'run.plan_changed', decide(bob, other))
  await expectCode('another request', 'api.object_unknown', decide(bob, { ...first, id: 'none' }))
  await expectCode('tried by a viewer', 'api.not_allowed', attempt(vic))
  await expectCode('approved', 'done', decide(bob, first))
  await expectCode('approved twice', 'api.object_unknown', decide(bob, first))
  await expectCode('done by who approved', needed, attempt(bob))
  // Keys give no roles at all; what one asks for, its maker asks for.
  if (kind === 'role_grant') await expectCode('by a key', 'api.not_allowed', attempt(robot))
  else {
    await expectCode('by a key', needed, attempt(robot))
    const ofKey = await waiting(kind, 'api_key:nightly')
    await expectCode('what the own key asked for', 'access.own_request', decide(ada, ofKey))
  }
  await change()
  await expectCode('content changed after the approval', needed, attempt(ada))
  await expectCode(
    'the change, approved by who asked',
    'access.own_request',
    decide(ada, await waiting(kind)),
  )
  return told
}

const approveRun = async (who: Headers, id: string, digest = 'p1'.repeat(8)): Promise<string> =>
  outcome(who, await post(who, `/v1/runs/${id}/approve`, { digest }))

describe('X47: guarded acts over their routes', () => {
  it('X47: erasing many, a role and a new destination wait for another person, who approved exactly that', async (context) => {
    await tellErased('1', '2')
    const told: string[] = []
    for (const one of guarded) {
      told.push(...(await tryAround(one)))
      expect(await decide(bob, await waiting(one.kind))).toBe('done')
      expect(await outcome(ada, await one.act(ada))).toBe('done')
      expect(await one.done()).toBeGreaterThan(0)
    }
    const bypasses = told.filter((fault) => fault !== '')
    reportFigure(context, {
      check: 'X47',
      claim: 'guarded acts carried out over HTTP without a second person, or after their content changed',
      value: bypasses.length,
      of: told.length,
      target: '0',
    })
    expect(bypasses).toEqual([])
    const uses = await hub.hub.control.auditEntries({ action: 'approval_used' })
    expect(uses.map(({ actor, details }) => [actor, details['kind']])).toEqual(
      guarded.map(({ kind }) => ['user:Ada', kind]),
    )
  })

  it('keep an approval when what it was given for fails, and use it up when that is done', async () => {
    audience = 'A third one'
    expect(await outcome(ada, await applyElsewhere(ada))).toBe('access.second_person_needed')
    const request = await waiting('new_destination')
    expect(await decide(bob, request)).toBe('done')
    const stateOf = async (): Promise<string | undefined> =>
      (await hub.hub.control.approvalRequests({ limit: 50 })).find(({ id }) => id === request.id)?.state
    vi.spyOn(hub.hub, 'open').mockRejectedValueOnce(new Error('the disk is full'))
    expect(await outcome(ada, await applyElsewhere(ada))).toBe('internal.unexpected')
    expect(await stateOf()).toBe('approved')
    expect(await outcome(ada, await applyElsewhere(ada))).toBe('done')
    expect(await stateOf()).toBe('used')
  })

  it('X47: nobody lets go of a run that would remove everybody when they caused it themselves', async (context) => {
    const { control } = hub.hub
    const stop = async (id: string, startedBy: string): Promise<void> => {
      const fact = {
        at: systemClock.now(),
        actor: startedBy,
        action: 'run_started',
        object: 'sync/a',
        details: {},
      }
      const run = {
        id,
        sync: 'a',
        state: 'awaiting_approval',
        planDigest: 'p1'.repeat(8),
        startedBy,
      } as const
      await control.createRun(aRun({ ...run, startedAt: systemClock.now() }), fact)
    }
    const bypasses: string[] = []
    const expectRefusal = async (what: string, code: string, found: Promise<string>): Promise<void> => {
      const given = await found
      if (given !== code) bypasses.push(`${what}: ${given}`)
    }
    // Ada put manifests in force above: whatever stops now is hers too, until the sync went through.
    await stop('of-bob', 'user:Bob')
    await stop('of-ada', 'user:Ada')
    await stop('of-the-key', 'api_key:nightly')
    await expectRefusal('the run he started', 'access.own_request', approveRun(bob, 'of-bob'))
    await expectRefusal('the run that her manifest caused', 'access.own_request', approveRun(ada, 'of-bob'))
    await expectRefusal('the run she started', 'access.own_request', approveRun(ada, 'of-ada'))
    await expectRefusal('the run that her key started', 'access.own_request', approveRun(ada, 'of-the-key'))
    await expectRefusal('a run, by a key', 'api.not_allowed', approveRun(robot, 'of-ada'))
    await expectRefusal('a run, by a viewer', 'api.not_allowed', approveRun(vic, 'of-ada'))
    await expectRefusal('a plan that changed', 'run.plan_changed', approveRun(bob, 'of-ada', 'p0'.repeat(8)))
    reportFigure(context, {
      check: 'X47',
      claim: 'stopped runs let go by who caused them, by keys, by viewers, or after the plan changed',
      value: bypasses.length,
      of: 7,
      target: '0',
    })
    expect(bypasses).toEqual([])
    expect(await approveRun(bob, 'of-ada')).toBe('done')
    expect((await control.run('of-ada'))?.approvedBy).toBe('user:Bob')
    // Whoever may approve and caused nothing: no administrator is needed.
    await makeUser(control, systemClock, 'Olga', 'operator')
    expect(await approveRun(await signIn(hub.url, 'Olga'), 'of-bob')).toBe('done')
  })
})

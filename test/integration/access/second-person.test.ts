import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AffluentError } from '../../../core/errors/affluent-error.ts'
import * as people from '../../../hub-server/access/people.ts'
import { isApiKeyScope, type Permission } from '../../../hub-server/access/permissions.ts'
import { toActor, type Principal } from '../../../hub-server/access/principal.ts'
import {
  decideRequest,
  requireSecondPerson,
  type GuardedRequest,
} from '../../../hub-server/access/second-person.ts'
import { approveRun } from '../../../hub-server/worker/approve-run.ts'
import { aRun } from '../../support/a-run.ts'
import { anAccessHub, type AccessHub } from '../../support/an-access-hub.ts'
import { reportFigure } from '../../support/report-figure.ts'

let hub: AccessHub
beforeEach(async () => {
  hub = await anAccessHub()
})
afterEach(() => hub.close())

async function person(
  name: string,
  role: 'admin' | 'operator' | 'viewer' | 'auditor' = 'admin',
): Promise<Principal> {
  const { id } = await hub.user(name, role)
  return { kind: 'user', id, name, role, session: 'none', isProven: true }
}

const local: Principal = { kind: 'local', name: 'root' }
const keyOf = (owner: string, ...scopes: Permission[]): Principal => ({
  kind: 'api_key',
  id: 'k',
  name: 'nightly',
  scopes: scopes.filter(isApiKeyScope),
  owner,
})

/** The code of what was thrown, or "done". */
async function outcome(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    ({ code }: AffluentError) => code,
  )
}

async function requestOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    ({ params }: AffluentError) => String(params['request']),
  )
}

const erase = (principal: Principal, digest = 'd1'): GuardedRequest => ({
  principal,
  kind: 'mass_erase',
  object: 'profiles/40',
  digest,
})

/** A run that would remove everybody, started by `startedBy`. */
async function stoppedRun(id: string, startedBy: string | null): Promise<void> {
  const fact = {
    at: hub.clock.now(),
    actor: startedBy ?? 'hub',
    action: 'run_started',
    object: 'sync/a',
    details: {},
  }
  const run = { id, sync: 'a', state: 'awaiting_approval', planDigest: 'p1', startedBy } as const
  await hub.control.createRun(aRun({ ...run, startedAt: hub.clock.now() }), fact)
}

const approve = (actor: string, id = 'run-1', digest = 'p1'): Promise<string> =>
  outcome(approveRun({ control: hub.control, clock: hub.clock, actor }, id, digest))

describe('X47: acts that one person alone could do harm by', () => {
  it('X47: remove-all, erase, a new destination and a role never go on without somebody else', async (context) => {
    const [ada, bob, vic] = [await person('Ada'), await person('Bob'), await person('Vic', 'viewer')]
    const bypasses: string[] = []
    let tried = 0
    const expectCode = async (what: string, code: string, work: Promise<string>): Promise<void> => {
      tried += 1
      const found = await work
      if (found !== code) bypasses.push(`${what}: ${found}`)
    }
    const acts = ['mass_erase', 'new_destination', 'role_grant'] as const
    for (const act of acts) {
      const wanted = { principal: ada, kind: act, object: 'x/1', digest: `${act}-1` }
      const needed = 'access.second_person_needed'
      await expectCode(`${act} alone`, needed, outcome(requireSecondPerson(hub, wanted)))
      await expectCode(`${act} once more`, needed, outcome(requireSecondPerson(hub, wanted)))
      const id = await requestOf(requireSecondPerson(hub, wanted))
      const decide = (principal: Principal, digest = `${act}-1`, request = id): Promise<string> =>
        outcome(decideRequest(hub, principal, { id: request, digest, approve: true }))
      await expectCode(`${act}, approved by who asked`, 'access.own_request', decide(ada))
      await expectCode(`${act}, approved by a viewer`, 'api.not_allowed', decide(vic))
      const robot = keyOf('user:Bob', 'people:erase', 'manifests:write')
      await expectCode(`${act}, approved by a key`, 'api.not_allowed', decide(robot))
      await expectCode(`${act}, another content approved`, 'run.plan_changed', decide(bob, 'other'))
      await expectCode(`${act}, another request`, 'api.object_unknown', decide(bob, `${act}-1`, 'none'))
      await expectCode(`${act}, approved by Bob`, 'done', decide(bob))
      await expectCode(`${act}, approved twice`, 'api.object_unknown', decide(bob))
      const changed = { ...wanted, digest: `${act}-2` }
      await expectCode(`${act}, content changed`, needed, outcome(requireSecondPerson(hub, changed)))
      const elsewhere = { ...wanted, object: 'x/2' }
      await expectCode(`${act}, of something else`, needed, outcome(requireSecondPerson(hub, elsewhere)))
      const byBob = { ...wanted, principal: bob }
      await expectCode(`${act}, done by another`, needed, outcome(requireSecondPerson(hub, byBob)))
      await expectCode(`${act}, as approved`, 'done', outcome(requireSecondPerson(hub, wanted)))
      await expectCode(`${act}, a second time`, needed, outcome(requireSecondPerson(hub, wanted)))
    }
    // A key asks for its maker, who cannot approve it.
    await hub.control.addApiKey(
      'a'.repeat(64),
      {
        id: 'k',
        name: 'nightly',
        scopes: [],
        createdAt: 0,
        createdBy: 'user:Ada',
        expiresAt: 9e12,
        usedAt: null,
        revokedAt: null,
      },
      { at: 0, actor: 'user:Ada', action: 'api_key_created', object: 'api_key/nightly', details: {} },
    )
    const byKey = await requestOf(requireSecondPerson(hub, erase(keyOf('user:Ada', 'people:erase'), 'key')))
    const ownKey = decideRequest(hub, ada, { id: byKey, digest: 'key', approve: true })
    await expectCode('what the own key asked for', 'access.own_request', outcome(ownKey))

    // Remove-all: a run that the guard stopped.
    await stoppedRun('run-1', 'user:Ada')
    await expectCode('the run she started', 'access.own_request', approve('user:Ada'))
    await expectCode('a run, by a key', 'api.not_allowed', approve('api_key:nightly'))
    await expectCode('a plan that changed', 'run.plan_changed', approve('user:Bob', 'run-1', 'p0'))
    const change = { operation: 'create', kind: 'segment', name: 's', digest: 'x', document: {} } as const
    await hub.control.applyManifests([change], { at: hub.clock.now(), actor: 'user:Bob' })
    await stoppedRun('run-2', 'hub')
    await expectCode('the run his manifest caused', 'access.own_request', approve('user:Bob', 'run-2'))
    await stoppedRun('run-3', 'api_key:nightly')
    await expectCode('the run her key started', 'access.own_request', approve('user:Ada', 'run-3'))

    // Roles, by the ways that give one.
    const invite = { name: 'Eve', role: 'admin', email: null } as const
    const needed = 'access.second_person_needed'
    await expectCode('inviting', needed, outcome(people.inviteUser(hub, ada, invite)))
    await expectCode('by the machine', needed, outcome(people.inviteUser(hub, local, invite)))
    const id = vic.kind === 'user' ? vic.id : ''
    await expectCode('a role', needed, outcome(people.changeRole(hub, ada, { id, role: 'admin' })))
    const hers = ada.kind === 'user' ? ada.id : ''
    await expectCode(
      'the own role',
      needed,
      outcome(people.changeRole(hub, ada, { id: hers, role: 'auditor' })),
    )
    await expectCode('another’s password', needed, outcome(people.renewLink(hub, ada, id)))
    await expectCode('an administrator’s link', 'api.not_allowed', outcome(people.issueAdminLink(hub, ada)))
    await expectCode('by a viewer', 'api.not_allowed', outcome(people.inviteUser(hub, vic, invite)))
    reportFigure(context, {
      check: 'X47',
      claim: 'guarded acts carried out without a second person, or after their content changed',
      value: bypasses.length,
      of: tried,
      target: '0',
    })
    expect(bypasses).toEqual([])
  })

  it('goes on once another person approved exactly it, and says who did', async () => {
    const [ada, bob] = [await person('Ada'), await person('Bob')]
    const invite = { name: 'Eve', role: 'operator', email: null } as const
    const id = await requestOf(people.inviteUser(hub, ada, invite))
    const [request] = await hub.control.approvalRequests()
    await decideRequest(hub, bob, { id, digest: request?.digest ?? '', approve: true })
    const { user } = await people.inviteUser(hub, ada, invite)
    expect(user.state).toBe('invited')
    const invited = (await hub.control.auditEntries()).findLast(({ action }) => action === 'user_invited')
    expect(invited).toMatchObject({
      actor: 'user:Ada',
      details: { approvedBy: 'user:Bob', role: 'operator' },
    })
  })

  it('forgets a request, and an approval that was not used, after a day', async () => {
    const [ada, bob] = [await person('Ada'), await person('Bob')]
    const id = await requestOf(requireSecondPerson(hub, erase(ada)))
    await decideRequest(hub, bob, { id, digest: 'd1', approve: true })
    hub.clock.advance(24 * 3_600_000)
    expect(await outcome(requireSecondPerson(hub, erase(ada)))).toBe('access.second_person_needed')
    expect(await requestOf(requireSecondPerson(hub, erase(ada)))).not.toBe(id)
  })

  it('lets a single person go on, and says in the audit log that they were alone', async () => {
    const ada = await person('Ada')
    expect(await requireSecondPerson(hub, erase(ada))).toEqual({ approvedBy: null })
    await stoppedRun('run-1', 'user:Ada')
    expect(await approve(toActor(ada))).toBe('done')
    expect((await hub.control.auditEntries()).at(-1)).toMatchObject({
      action: 'plan_approved',
      details: { approval: 'alone' },
    })
  })

  it('lets an operator approve what an administrator started', async () => {
    await person('Ada')
    await person('Olga', 'operator')
    await stoppedRun('run-1', 'user:Ada')
    expect(await approve('user:Olga')).toBe('done')
    expect((await hub.control.run('run-1'))?.approvedBy).toBe('user:Olga')
  })

  it('keeps one administrator', async () => {
    const ada = await person('Ada')
    const id = ada.kind === 'user' ? ada.id : ''
    expect(await outcome(people.removeUser(hub, ada, id))).toBe('access.last_admin')
    expect(await outcome(people.changeRole(hub, ada, { id, role: 'viewer' }))).toBe('access.last_admin')
  })
})

import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Role } from '../../../core/port/access-store.ts'
import { signIn } from '../../support/a-signed-in-person.ts'
import { anAccessHub, localToken, type AccessHub } from '../../support/an-access-hub.ts'
import type { HttpAnswer } from '../../support/http-request.ts'
import { reportFigure } from '../../support/report-figure.ts'

type Headers = Readonly<Record<string, string>>

let hub: AccessHub
beforeEach(async () => {
  hub = await anAccessHub()
})
afterEach(() => hub.close())

const machine: Headers = { authorization: `Bearer ${localToken}` }

async function person(name: string, role: Role = 'admin'): Promise<Headers> {
  await hub.user(name, role)
  return signIn(hub.server.url, name)
}

const send = (who: Headers, method: string, path: string, body?: object): Promise<HttpAnswer> =>
  hub.call(path, {
    method,
    headers: {
      ...who,
      'idempotency-key': randomUUID(),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })

/** "done", or the code of the refusal. */
const outcome = async (asked: Promise<HttpAnswer>): Promise<string> => {
  const { status, json } = await asked
  return status < 400 ? 'done' : z.looseObject({ code: z.string() }).parse(json).code
}

const idOf = async (name: string): Promise<string> => (await hub.control.userByName(name))?.id ?? ''
const invite = (who: Headers, name: string): Promise<HttpAnswer> =>
  send(who, 'POST', '/v1/users', { name, role: 'operator' })
const changeRole = async (who: Headers, name: string, role: Role): Promise<HttpAnswer> =>
  send(who, 'PUT', `/v1/users/${await idOf(name)}/role`, { role })

/** Approves what waits, all of it. */
async function approveAll(who: Headers): Promise<readonly string[]> {
  const waiting = (await hub.control.approvalRequests({ limit: 50 })).filter(
    ({ state }) => state === 'waiting',
  )
  const approve = ({ id, digest }: (typeof waiting)[number]): Promise<string> =>
    outcome(send(who, 'POST', `/v1/approvals/${id}/decision`, { digest, approve: true }))
  return Promise.all(waiting.map(approve))
}

const needed = 'access.second_person_needed'

describe('X47: roles, over HTTP', () => {
  it('X47: no way that gives one goes on without somebody else', async (context) => {
    const [ada, , vic] = [await person('Ada'), await person('Bob'), await person('Vic', 'viewer')]
    const link = `/v1/users/${await idOf('Vic')}/link`
    const ways: Readonly<Record<string, readonly [string, Promise<HttpAnswer>]>> = {
      inviting: [needed, invite(ada, 'Eve')],
      'inviting, by the machine': [needed, invite(machine, 'Eve')],
      'inviting, by a viewer': ['api.not_allowed', invite(vic, 'Eve')],
      'a role': [needed, changeRole(ada, 'Vic', 'admin')],
      'a role, by its person': ['api.not_allowed', changeRole(vic, 'Vic', 'admin')],
      'the own role': [needed, changeRole(ada, 'Ada', 'auditor')],
      'another’s password': [needed, send(ada, 'POST', link)],
      'an administrator’s link': ['api.not_allowed', send(ada, 'POST', '/v1/admin-link')],
    }
    const bypasses: string[] = []
    for (const [way, [code, asked]] of Object.entries(ways)) {
      const found = await outcome(asked)
      if (found !== code) bypasses.push(`${way}: ${found}`)
    }
    reportFigure(context, {
      check: 'X47',
      claim: 'ways to a role that go on without a second person, over HTTP',
      value: bypasses.length,
      of: Object.keys(ways).length,
      target: '0',
    })
    expect(bypasses).toEqual([])
    expect((await hub.control.users()).map(({ name, role }) => [name, role])).toEqual([
      ['Ada', 'admin'],
      ['Bob', 'admin'],
      ['Vic', 'viewer'],
    ])
  })

  it('go on once another person approved exactly it, once, and say who did', async () => {
    const [ada, bob] = [await person('Ada'), await person('Bob')]
    await person('Vic', 'viewer')
    const turn = async (role: Role): Promise<string> => outcome(changeRole(ada, 'Vic', role))
    for (const role of ['operator', 'viewer'] as const) {
      expect(await turn(role)).toBe(needed)
      expect(await approveAll(bob)).toEqual(['done'])
      expect(await turn(role)).toBe('done')
    }
    const changed = (await hub.control.auditEntries()).findLast(({ action }) => action === 'role_changed')
    expect(changed).toMatchObject({ actor: 'user:Ada', details: { approvedBy: 'user:Bob', to: 'viewer' } })
    // The approval of the same change was used up by it.
    expect(await turn('operator')).toBe(needed)
  })

  it('forget a request, and an approval that was not used, after a day', async () => {
    const [ada, bob] = [await person('Ada'), await person('Bob')]
    expect(await outcome(invite(ada, 'Eve'))).toBe(needed)
    const [first] = await hub.control.approvalRequests({ limit: 50 })
    expect(await approveAll(bob)).toEqual(['done'])
    hub.clock.advance(24 * 3_600_000)
    const next = await signIn(hub.server.url, 'Ada')
    expect(await outcome(invite(next, 'Eve'))).toBe(needed)
    const waiting = (await hub.control.approvalRequests({ limit: 50 })).filter(
      ({ state }) => state === 'waiting',
    )
    expect(waiting).toHaveLength(1)
    expect(waiting[0]?.id).not.toBe(first?.id)
  })

  it('go on for a single person, and the audit log says that they were alone', async () => {
    const ada = await person('Ada')
    expect(await outcome(invite(ada, 'Eve'))).toBe('done')
    const invited = (await hub.control.auditEntries()).findLast(({ action }) => action === 'user_invited')
    expect(invited).toMatchObject({ actor: 'user:Ada', details: { approvedBy: null } })
  })

  it('keep one administrator', async () => {
    const ada = await person('Ada')
    expect(await outcome(send(ada, 'DELETE', `/v1/users/${await idOf('Ada')}`))).toBe('access.last_admin')
    expect(await outcome(changeRole(ada, 'Ada', 'viewer'))).toBe('access.last_admin')
  })
})

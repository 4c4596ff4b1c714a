import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { mask } from '../../../core/masking/mask-personal.ts'
import { isApiKeyScope, rolePermissions } from '../../../hub-server/access/permissions.ts'
import { allContracts } from '../../../hub-server/api/contract/all-contracts.ts'
import { aServedHub, type ServedHub } from '../../support/a-served-hub.ts'
import type { HttpAnswer } from '../../support/http-request.ts'
import { reportFigure } from '../../support/report-figure.ts'

const segment = 'readers'
const hidden = 'Zacharias'

let hub: ServedHub
let viewer: string
/** What the source tells of people, as it wrote it and as the hub keeps it. */
let values: string[]
let asked = 0

beforeAll(async () => {
  hub = await aServedHub()
  viewer = await hub.key('a marketer', rolePermissions.viewer.filter(isApiKeyScope))
  const table = await readFile(join(hub.folder, 'data', 'contacts.csv'), 'utf8')
  const written = table
    .split('\n')
    .slice(1)
    .flatMap((line) => line.split(',').slice(1, 4))
    .map((text) => text.trim())
  const kept = written.flatMap((text) => [text.toLowerCase(), text.replaceAll(/\D/g, '').slice(-8)])
  values = [...new Set([...written, ...kept, hidden])].filter((text) => text.length > 3)
  // What a platform may say of a row, and a connector of a line.
  await hub.hub.duckdb.run(
    `INSERT INTO quarantine VALUES ('contacts', 'people', 'louis.petit@example.org', 'column_count',
       'the row of louis.petit@example.org has 8', '{}', 'run-1', TIMESTAMP '2026-11-22 08:00:00')`,
  )
  await hub.hub.duckdb.run(
    `UPDATE delivery SET status = 'rejected', key = 'louis.petit@example.org', reason_code = 'invalid',
       reason_message = '"${hidden}" (louis.petit@example.org, 01 99 00 12 34) is not valid'`,
  )
})
afterAll(() => hub.close())

function call(
  path: string,
  { body, key = viewer, method }: { body?: unknown; key?: string; method?: string } = {},
): Promise<HttpAnswer> {
  asked += 1
  return hub.call(path, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      authorization: `Bearer ${key}`,
      'idempotency-key': `masked-people-${asked}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

const members = z.object({
  members: z.array(z.object({ profile_id: z.string(), identifiers: z.array(z.unknown()) })),
  next_cursor: z.string().nullable(),
})

async function firstMember(): Promise<string> {
  const { members: found } = members.parse(JSON.parse((await call(`/v1/segments/${segment}/members`)).text))
  return found[0]?.profile_id ?? ''
}

describe('X04: people, for who may not see their values', () => {
  it('X04: no answer that a viewer may get holds a value of a person', async (context) => {
    const person = await firstMember()
    const params: Readonly<Record<string, string>> = {
      segment,
      profile: person,
      connection: 'contacts',
      kind: 'segment',
      name: segment,
      id:
        z
          .object({ runs: z.array(z.object({ id: z.string() })) })
          .parse(JSON.parse((await call('/v1/runs')).text)).runs[0]?.id ?? '',
    }
    const bodies: Readonly<Record<string, unknown>> = {
      'profiles.find': { person },
      'explanations.explain': { person, segment },
      'segments.preview': { segment },
      'segments.count': { segment },
      'segments.check': { text: "country = 'FR'" },
      'connections.test': {},
    }
    const reading = allContracts.filter(
      ({ permission, effect, mode, name }) =>
        [...rolePermissions.viewer].some((own) => own === permission) &&
        permission !== 'session:write' &&
        effect === 'reads' &&
        mode !== 'stream' &&
        name !== 'connections.ask',
    )
    const answers: { name: string; status: number; text: string }[] = []
    for (const { name, path, method } of reading) {
      const address = path.replace(/\{(\w+)\}/g, (_all, key: string) => params[key] ?? 'x')
      const { status, text } = await call(address, { method, body: bodies[name] })
      answers.push({ name, status, text })
    }
    const { syncs } = z
      .object({ syncs: z.array(z.object({ name: z.string() })) })
      .parse(JSON.parse((await call('/v1/syncs')).text))
    const delivering = syncs.find(({ name }) => !name.startsWith('pull'))?.name
    const sync = await call('/v1/explanations', { body: { person, segment: delivering } })
    answers.push({ name: 'explanations.explain of a sync', ...sync })
    const leaks = answers.flatMap(({ name, text }) =>
      values.filter((value) => text.includes(value)).map((value) => `${name}: ${value}`),
    )
    reportFigure(context, {
      check: 'X04',
      claim: `values of people in the answers of the ${answers.length} routes that a viewer may read`,
      value: leaks.length,
      of: answers.length * values.length,
      target: '0',
    })
    expect(leaks).toEqual([])
    // What was refused proves nothing: these have to answer.
    const refused = answers.filter(({ status }) => status !== 200).map(({ name }) => name)
    const masked = allContracts.filter((contract) => contract.masked !== undefined)
    expect(masked.length).toBeGreaterThan(7)
    for (const { name } of masked) expect(refused).not.toContain(name)
    expect(refused).not.toContain('explanations.explain of a sync')
    expect(sync.text).toContain('"kind":"sync"')
    expect(answers.find(({ name }) => name === 'quarantine.list')?.text).toContain('…@e….org')
  })

  it('X04: a viewer sees who is in a segment and why, by ids and masked identifiers', async () => {
    const page = members.parse(JSON.parse((await call(`/v1/segments/${segment}/members?limit=1`)).text))
    expect(page.members).toMatchObject([{ identifiers: [{ kind: 'email', value: 'c…@e….com' }, {}] }])
    const cursor = encodeURIComponent(page.next_cursor ?? '')
    const next = members.parse(
      JSON.parse((await call(`/v1/segments/${segment}/members?limit=1&cursor=${cursor}`)).text),
    )
    expect(next.members[0]?.profile_id).not.toBe(page.members[0]?.profile_id)
    const person = page.members[0]?.profile_id ?? ''
    const why = await call('/v1/explanations', { body: { person, segment } })
    expect(JSON.parse(why.text)).toMatchObject({ profile_id: person })
    const shown = await call(`/v1/profiles/${person}`)
    expect(JSON.parse(shown.text)).toMatchObject({
      profile_id: person,
      traits: { first_name: { value: mask, connection: 'contacts' } },
      identifiers: [
        { kind: 'email', value: 'c…@e….com' },
        { kind: 'phone', value: '…34' },
      ],
    })
  })

  it('X04: a viewer cannot search: neither by an identifier nor by a rule of their own', async () => {
    const tries = [
      ['/v1/profiles/find', { person: 'louis.petit@example.org' }],
      ['/v1/explanations', { person: 'louis.petit@example.org', segment }],
      ['/v1/explanations', { person: await firstMember(), text: "first_name = 'Camille'" }],
    ] as const
    for (const [path, body] of tries) {
      const { status, text } = await call(path, { body })
      expect({ path, status }).toEqual({ path, status: 403 })
      expect(text).toContain('people:read')
    }
  })

  it('X04: counts of a viewer’s own rules tell of nobody alone, nor of whom they leave out', async () => {
    const texts = ["country = 'FR'", "first_name = 'Camille'", "first_name = 'Nobody'"]
    const people = await hub.key('an analyst', ['segments:read', 'people:read'])
    for (const path of ['/v1/segments/count', '/v1/segments/preview']) {
      const asked = texts.flatMap((text) => [text, `not (${text})`])
      // One by one: few previews are carried out at the same time.
      for (const text of asked) {
        const { status, json } = await call(path, { body: { text } })
        expect(status).toBe(200)
        expect(json).toMatchObject({ members: null, fewer_than: 10 })
      }
    }
    const body = { text: "country = 'FR' and first_name = 'Camille'" }
    const preview = await call('/v1/segments/preview', { body })
    expect(preview.text).not.toMatch(/"where_\w+":[^n]/)
    expect(preview.json).toMatchObject({ people: [] })
    const exact = await call('/v1/segments/preview', { body, key: people })
    expect(exact.json).toMatchObject({ members: expect.any(Number), people: [{}] })
    expect(exact.json).not.toHaveProperty('fewer_than')
  })

  it('X04: who may see people sees the same routes with the values as they are', async () => {
    const key = await hub.key('a colleague', ['people:read'])
    const person = await firstMember()
    const found = await call('/v1/profiles/find', { body: { person: 'louis.petit@example.org' }, key })
    expect(found.text).toContain('"louis.petit@example.org"')
    expect((await call(`/v1/profiles/${person}`, { key })).text).toContain('Camille')
    expect((await call('/v1/quarantine', { key })).text).toContain('the row of louis.petit@example.org')
  })

  it('X04: every route of people says how its answer is masked, or holds no values', () => {
    const without = ['people.retention', 'people.erasures', 'people.erasure']
    const open = allContracts.filter(
      (contract) => contract.permission === 'people:read_masked' && contract.masked === undefined,
    )
    expect(open.map(({ name }) => name)).toEqual(without)
  })
})

import { afterEach, describe, expect, it } from 'vitest'
import { noCounters } from '../../../core/sync/run.ts'
import { livenessContract, readinessContract } from '../../../hub-server/api/contract/health.ts'
import { reasonsContract } from '../../../hub-server/api/contract/reason.ts'
import { runContract, runPageContract } from '../../../hub-server/api/contract/run.ts'
import { listSegments } from '../../../hub-server/api/contract/segment.ts'
import { listSyncs } from '../../../hub-server/api/contract/sync.ts'
import { aRun } from '../../support/a-run.ts'
import { anApi, type ApiSettings, type ApiUnderTest } from './an-api.ts'

const fact = { at: 1, actor: 'hub', action: 'run_started', object: 'sync/s', details: {} }

let api: ApiUnderTest
afterEach(() => api.close())

async function start(settings?: ApiSettings): Promise<void> {
  api = await anApi(settings)
}

async function applyWorkspace(): Promise<void> {
  const documents = [
    {
      kind: 'segment',
      version: 1,
      name: 'big-spenders',
      title: 'Gros clients',
      rule: { trait: 'country', op: 'equals', value: 'FR' },
    },
    { kind: 'segment', version: 1, name: 'lapsed', rule: { segment: 'big-spenders' } },
    { kind: 'sync', version: 1, name: 'a-pull', source: { connection: 'shop', stream: 'orders' } },
    {
      kind: 'sync',
      version: 1,
      name: 'b-deliver',
      title: 'To Meta',
      segment: 'big-spenders',
      destination: { connection: 'meta', kind: 'custom_audience', audience: 'Big spenders' },
      fields: { EMAIL: { identifier: 'email' } },
    },
  ] as const
  await api.store.applyManifests(
    documents.map((document) => ({
      operation: 'create' as const,
      kind: document.kind,
      name: document.name,
      digest: 'd',
      document,
    })),
    { at: 1, actor: 'cli:ada' },
  )
}

describe('GET /livez', () => {
  it('answers as long as the process does', async () => {
    await start({ readiness: [{ name: 'control', check: () => Promise.reject(new Error('no')) }] })
    const answer = await api.get('/livez')
    expect(answer.status).toBe(200)
    livenessContract.parse(answer.json)
  })
})

describe('GET /readyz', () => {
  it('is ready when every check passes, and not when one fails, telling strangers only counts', async () => {
    let isFull = false
    const check = (): Promise<void> =>
      isFull ? Promise.reject(new Error('/data/hub/control.sqlite is full')) : Promise.resolve()
    await start({
      readiness: [
        { name: 'control', check },
        { name: 'warehouse', check: () => Promise.resolve() },
      ],
    })
    const stranger = { headers: { authorization: '' } }
    const ready = await api.get('/readyz', stranger)
    expect([ready.status, readinessContract.parse(ready.json)]).toEqual([
      200,
      { status: 'ready', ingest: 'ready', sync: 'ready', passed: 2, failed: 0 },
    ])
    isFull = true
    const full = await api.get('/readyz', stranger)
    expect([full.status, readinessContract.parse(full.json)]).toEqual([
      503,
      { status: 'not_ready', ingest: 'not_ready', sync: 'not_ready', passed: 1, failed: 1 },
    ])
    expect(full.text).not.toContain('sqlite')
    expect(api.lines.join('')).toContain('"kind":"control"')
    isFull = false
    expect((await api.get('/readyz')).status).toBe(200)
  })
})

describe('GET /v1/runs', () => {
  it('walks all runs page by page, newest first, without gap or repeat', async () => {
    await start()
    for (let number = 1; number <= 7; number += 1)
      await api.store.createRun(aRun({ id: `run-${number}`, startedAt: 100 + Math.floor(number / 3) }), fact)
    const seen: string[] = []
    let cursor: string | null = ''
    let pages = 0
    while (cursor !== null) {
      const answer = await api.get(`/v1/runs?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`)
      const page = runPageContract.parse(answer.json)
      seen.push(...page.runs.map(({ id }) => id))
      cursor = page.nextCursor
      pages += 1
    }
    expect(seen).toEqual(['run-7', 'run-6', 'run-5', 'run-4', 'run-3', 'run-2', 'run-1'])
    expect(pages).toBe(3)
  })

  it('filters by sync and state', async () => {
    await start()
    await api.store.createRun(aRun({ id: 'a', sync: 'one', state: 'failed' }), fact)
    await api.store.createRun(aRun({ id: 'b', sync: 'one', state: 'succeeded' }), fact)
    await api.store.createRun(aRun({ id: 'c', sync: 'two', state: 'failed' }), fact)
    const ids = async (query: string): Promise<string[]> =>
      runPageContract.parse((await api.get(`/v1/runs?${query}`)).json).runs.map(({ id }) => id)
    expect(await ids('sync=one')).toEqual(['b', 'a'])
    expect(await ids('state=failed')).toEqual(['c', 'a'])
    expect(await ids('sync=one&state=failed')).toEqual(['a'])
    expect(await ids('sync=none')).toEqual([])
  })

  it('says in the reader’s language what is expected', async () => {
    await start()
    const answer = await api.get('/v1/runs?limit=900', { headers: { 'accept-language': 'fr' } })
    expect(answer.json).toMatchObject({ errors: [{ parameter: 'limit', expected: '500 au plus' }] })
  })

  it.each([
    ['limit=0', 'limit'],
    ['limit=501', 'limit'],
    ['limit=1000000', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['state=great', 'state'],
    ['sync=', 'sync'],
    [`sync=${'x'.repeat(65)}`, 'sync'],
    ['cursor=run-1', 'cursor'],
    ['cursor=WzIsInJ1bi0xIl0', 'cursor'],
    ['sort=started_at', 'sort'],
    ['__proto__=1', '__proto__'],
  ])('refuses ?%s and names the parameter', async (query, parameter) => {
    await start()
    const answer = await api.get(`/v1/runs?${query}`)
    expect(answer.status).toBe(400)
    expect(answer.json).toMatchObject({ code: 'api.invalid_request', errors: [{ parameter }] })
  })
})

describe('GET /v1/runs/{id}', () => {
  it('shows the run as stored, with its error in the reader’s language', async () => {
    await start()
    const run = aRun({
      startedAt: Date.parse('2026-11-22T08:00:00Z'),
      finishedAt: Date.parse('2026-11-22T08:00:05Z'),
      asOf: Date.parse('2011-12-09T12:50:00Z'),
      state: 'awaiting_approval',
      counters: { ...noCounters, planned: 500, removes: 500, pending: 500 },
      planDigest: 'p1',
      error: { code: 'run.guard_tripped', params: { removes: 500, delivered: 900 } },
    })
    await api.store.createRun(run, fact)
    const answer = await api.get('/v1/runs/run-1', { headers: { 'accept-language': 'fr-CA, en;q=0.5' } })
    runContract.parse(answer.json)
    expect(answer.json).toEqual({
      id: 'run-1',
      sync: 'big-spenders-to-meta',
      kind: 'deliver',
      state: 'awaiting_approval',
      started_at: '2026-11-22T08:00:00.000Z',
      finished_at: '2026-11-22T08:00:05.000Z',
      as_of: '2011-12-09T12:50:00.000Z',
      counters: run.counters,
      plan_digest: 'p1',
      approved_by: null,
      started_by: null,
      error: {
        code: 'run.guard_tripped',
        params: { removes: 500, delivered: 900 },
        title: 'le garde-fou a arrêté l’exécution\u00A0: elle retirerait 500 membres sur 900',
        repair: expect.stringContaining('approuvez exactement ce plan') as string,
      },
    })
    expect(answer.headers['content-language']).toBe('fr')
  })

  it.each(['/v1/runs/run-9', '/v1/runs/run-9/reasons', '/v1/runs/..%2f..%2fetc', "/v1/runs/'%20OR%201=1"])(
    'does not know %s',
    async (path) => {
      await start()
      await api.store.createRun(aRun(), fact)
      const answer = await api.get(path)
      expect([answer.status, answer.json]).toMatchObject([404, { code: 'api.object_unknown' }])
    },
  )
})

describe('GET /v1/runs/{id}/reasons', () => {
  it('gives the reasons of that run', async () => {
    const reasons = [{ code: 'invalid_email', message: 'not an address', count: 3 }]
    await start({ ports: { reasons: (id) => Promise.resolve(id === 'run-1' ? reasons : []) } })
    await api.store.createRun(aRun(), fact)
    const answer = await api.get('/v1/runs/run-1/reasons')
    expect(reasonsContract.parse(answer.json)).toEqual({ reasons })
  })
})

describe('GET /v1/syncs', () => {
  it('lists the syncs in force with their latest run', async () => {
    await start()
    await applyWorkspace()
    await api.store.createRun(aRun({ id: 'old', sync: 'b-deliver', startedAt: 1 }), fact)
    await api.store.createRun(aRun({ id: 'new', sync: 'b-deliver', startedAt: 2 }), fact)
    const { syncs } = listSyncs.answer.parse((await api.get('/v1/syncs')).json)
    expect(syncs).toMatchObject([
      {
        name: 'a-pull',
        title: null,
        kind: 'pull',
        source: { connection: 'shop', stream: 'orders' },
        segment: null,
        mode: null,
        lastRun: null,
      },
      {
        name: 'b-deliver',
        title: 'To Meta',
        kind: 'deliver',
        source: null,
        segment: 'big-spenders',
        destination: { connection: 'meta', kind: 'custom_audience', audience: 'Big spenders' },
        mode: 'mirror',
        lastRun: { id: 'new' },
      },
    ])
  })
})

describe('GET /v1/segments', () => {
  it('lists the segments in force with their size, null before the first evaluation', async () => {
    await start({ ports: { segmentSizes: () => Promise.resolve(new Map([['big-spenders', 42]])) } })
    await applyWorkspace()
    expect(listSegments.answer.parse((await api.get('/v1/segments')).json)).toEqual({
      segments: [
        { name: 'big-spenders', title: 'Gros clients', description: null, members: 42 },
        { name: 'lapsed', title: null, description: null, members: null },
      ],
    })
  })
})

import { randomUUID } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import type { JsonObject } from '../../../core/port/json.ts'
import { startLiveLoop } from '../../../hub-server/worker/live-loop.ts'
import { aServedHub, type ServedHub } from '../../support/a-served-hub.ts'
import { httpRequest, type HttpAnswer, type HttpCall } from '../../support/http-request.ts'

type Headers = Readonly<Record<string, string>>
interface Text {
  readonly file: string
  readonly text: string
}

let hub: ServedHub
let files: readonly Text[]

beforeAll(async () => {
  hub = await aServedHub({
    follow: (open) => startLiveLoop({ ports: open, workspace: open.workspace, actor: 'hub' }),
  })
  files = await readTexts(join(hub.folder, 'manifests'))
})
afterAll(() => hub.close())

async function readTexts(folder: string): Promise<readonly Text[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'))
  return Promise.all(
    names.map(async (name) => ({
      file: `manifests/${name}`,
      text: await readFile(join(folder, name), 'utf8'),
    })),
  )
}

/** The texts with some manifests changed, by file; null takes one away. */
function withFiles(changes: Readonly<Record<string, object | string | null>>): readonly Text[] {
  const changed = Object.entries(changes).flatMap(([file, content]) =>
    content === null ? [] : [{ file, text: typeof content === 'string' ? content : JSON.stringify(content) }],
  )
  return [...files.filter(({ file }) => !Object.hasOwn(changes, file)), ...changed]
}

const segmentFile = 'manifests/segment-first-audience.json'
const readers = (rule: string): JsonObject => ({ kind: 'segment', version: 1, name: 'readers', rule })

const digestSchema = z.object({ digest: z.string() })
async function inForce(): Promise<string> {
  return digestSchema.parse((await hub.call('/v1/manifests')).json).digest
}

/** As whoever the headers show, else as the person at this machine. */
const call = (path: string, request: HttpCall): Promise<HttpAnswer> =>
  request.headers?.['cookie'] === undefined
    ? hub.call(path, request)
    : httpRequest(`${hub.url}${path}`, request)

const post = (path: string, body: object, headers: Headers = {}): Promise<HttpAnswer> =>
  call(path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID(), ...headers },
  })

const operationSchema = z.object({
  id: z.string(),
  state: z.string(),
  result: z.unknown(),
  error: z.object({ code: z.string(), params: z.record(z.string(), z.unknown()).optional() }).nullable(),
})
type Operation = z.infer<typeof operationSchema>

/** Waits for the end of the operation that an answer tells of. */
async function ended(answer: HttpAnswer, headers: Headers = {}): Promise<Operation> {
  expect(answer).toMatchObject({ status: 202 })
  const { id } = operationSchema.parse(answer.json)
  await call(`/v1/operations/${id}/events`, { headers })
  return operationSchema.parse((await call(`/v1/operations/${id}`, { headers })).json)
}

async function apply(
  texts: readonly Text[],
  { ifMatch, ...headers }: { readonly ifMatch?: string } & Headers = {},
): Promise<HttpAnswer> {
  return post(
    '/v1/manifests/apply',
    { files: texts },
    { 'if-match': `"${ifMatch ?? (await inForce())}"`, ...headers },
  )
}

const sizeOf = async (name: string): Promise<number | null | undefined> => {
  const { json } = await hub.call('/v1/segments')
  const { segments } = z
    .object({ segments: z.array(z.object({ name: z.string(), members: z.int().nullable() })) })
    .parse(json)
  return segments.find((segment) => segment.name === name)?.members
}

const auditOf = async (object: string): Promise<number> =>
  (await hub.hub.control.auditEntries({ objects: [object] })).length

/** The manifests as they were at the beginning. */
async function restore(): Promise<void> {
  expect(await ended(await apply(files))).toMatchObject({ state: 'succeeded' })
  // The live loop evaluates it when its turn comes.
  await vi.waitFor(async () => expect(await sizeOf('readers')).toBe(3), 10_000)
}

describe('manifests over HTTP, while the hub serves', () => {
  it('puts a changed segment in force: the live loop evaluates it, and the next run delivers by it', async () => {
    expect(await sizeOf('readers')).toBe(3)
    const before = await auditOf('segment/readers')
    const operation = await ended(await apply(withFiles({ [segmentFile]: readers(`country = "IT"`) })))
    expect(operation).toMatchObject({
      state: 'succeeded',
      result: {
        applied: [{ operation: 'update', kind: 'segment', name: 'readers' }],
        digest: await inForce(),
      },
    })
    await vi.waitFor(async () => expect(await sizeOf('readers')).toBe(1), 10_000)
    expect(await auditOf('segment/readers')).toBe(before + 1)
    expect(await ended(await post('/v1/runs', {}))).toMatchObject({ state: 'succeeded' })
    const [delivered] = await hub.hub.control.runs({ sync: 'readers-to-platform', limit: 1 })
    expect(delivered).toMatchObject({ state: 'succeeded', counters: { planned: 3, applied: 3 } })
    await restore()
  })

  it('tells every fault at once, with its place, and changes nothing', async () => {
    const [digest, entries] = [await inForce(), (await hub.hub.control.auditHead()).number]
    const open = hub.current.open()
    const texts = withFiles({
      [segmentFile]: `{\n  "kind": "segment", "version": 1, "name": "readers",\n  "rule": { "trait": "contry", "op": "equals", "value": "FR" },\n  "titel": "x"\n}`,
      'manifests/broken.json': '{',
      'manifests/connection-platform.json': {
        kind: 'connection',
        version: 1,
        name: 'platform',
        connector: 'example',
        config: { account: '${env:NOT_SET_ANYWHERE}' },
      },
    })
    for (const path of ['/v1/manifests/apply', '/v1/manifests/check']) {
      const answer = await post(path, { files: texts }, { 'if-match': `"${digest}"` })
      expect(answer).toMatchObject({ status: 400, json: { code: 'manifest.invalid' } })
      const { faults } = z
        .object({ faults: z.array(z.object({ file: z.string(), line: z.int(), code: z.string() })) })
        .parse(answer.json)
      expect(faults.map(({ file, line, code }) => `${file}:${line} ${code}`)).toEqual([
        'manifests/broken.json:1 manifest.not_json',
        'manifests/connection-platform.json:1 manifest.reference_unresolved',
        `${segmentFile}:4 manifest.unknown_key`,
      ])
    }
    expect(await inForce()).toBe(digest)
    expect((await hub.hub.control.auditHead()).number).toBe(entries)
    expect(hub.current.open()).toBe(open)
  })

  it('refuses a change that rests on what is in force no longer, and one without saying what it rests on', async () => {
    const stale = 'a'.repeat(64)
    const texts = withFiles({ [segmentFile]: readers(`country = "DE"`) })
    expect(await apply(texts, { ifMatch: stale })).toMatchObject({
      status: 412,
      json: { code: 'api.precondition_failed' },
    })
    expect(await post('/v1/manifests/apply', { files: texts })).toMatchObject({ status: 428 })
    const digest = await inForce()
    const body = { files: texts, changes_digest: stale }
    expect(await post('/v1/manifests/apply', body, { 'if-match': `"${digest}"` })).toMatchObject({
      status: 409,
      json: { code: 'run.plan_changed' },
    })
    expect(await inForce()).toBe(digest)
  })

  it('answers a repeated request once, and changes nothing where nothing differs', async () => {
    const headers = { 'idempotency-key': randomUUID(), ifMatch: await inForce() }
    const texts = withFiles({ [segmentFile]: readers(`country = "DE"`) })
    const [first, again] = [await apply(texts, headers), await apply(texts, headers)]
    expect(again.headers['idempotent-replayed']).toBe('true')
    expect(again.json).toEqual(first.json)
    await ended(first)
    const entries = (await hub.hub.control.auditHead()).number
    const open = hub.current.open()
    expect(await ended(await apply(texts))).toMatchObject({ state: 'succeeded', result: { applied: [] } })
    expect((await hub.hub.control.auditHead()).number).toBe(entries)
    expect(hub.current.open()).toBe(open)
    await restore()
  })

  it('plans manifests that are not in force, and never tells what a reference stands for', async () => {
    const texts = withFiles({ [segmentFile]: readers(`country = "IT"`) })
    const planned = await ended(await post('/v1/plans', { files: texts }))
    expect(planned).toMatchObject({
      state: 'succeeded',
      result: { changes: [{ kind: 'segment', name: 'readers' }], syncs: [{ plan: { desired: 1 } }] },
    })
    expect(await sizeOf('readers')).toBe(3)
    const check = await post('/v1/manifests/check', {})
    expect(check).toMatchObject({
      status: 200,
      json: { changes: [], new_destinations: [], digest: await inForce() },
    })
  })

  it('refuses manifests that name the hub’s own secrets, in both languages, and applies nothing', async () => {
    const connection = files.find(({ file }) => file.endsWith('connection-contacts.json'))
    const manifest = z.looseObject({ config: z.looseObject({}) }).parse(JSON.parse(connection?.text ?? ''))
    for (const [reference, title] of [
      ['env:AFFLUENT_SECRET_KEY', 'a manifest may not name'],
      ['file:.affluent/secret.key', 'un manifeste ne peut pas nommer'],
    ] as const) {
      const config = { ...manifest.config, folder: `\${${reference}}` }
      const texts = withFiles({ [connection?.file ?? '']: { ...manifest, config } })
      const language = { 'accept-language': title.startsWith('un') ? 'fr' : 'en' }
      const answer = await post('/v1/manifests/check', { files: texts }, language)
      expect(answer).toMatchObject({
        status: 400,
        json: { faults: [{ code: 'manifest.reference_refused', params: { reference } }] },
      })
      expect(JSON.stringify(answer.json)).toContain(`${title} ${reference}`)
      expect(await apply(texts)).toMatchObject({ status: 400 })
    }
  })

  it('goes on with what was in force when the change cannot be written down', async () => {
    const { control } = hub.hub
    const open = hub.current.open()
    const writing = vi.spyOn(control, 'applyManifests').mockRejectedValueOnce(new Error('the disk is full'))
    const schema = JSON.parse(files.find(({ file }) => file.endsWith('profile-schema.json'))?.text ?? '')
    schema.traits.country.type = 'number'
    const texts = withFiles({
      'manifests/profile-schema.json': schema,
      'manifests/mapping-contacts.json': {
        ...JSON.parse(files.find(({ file }) => file.endsWith('mapping-contacts.json'))?.text ?? ''),
        traits: {},
      },
      [segmentFile]: readers('country > 3'),
    })
    expect(await ended(await apply(texts))).toMatchObject({
      state: 'failed',
      error: { code: 'internal.unexpected' },
    })
    expect(writing).toHaveBeenCalledOnce()
    writing.mockRestore()
    expect(hub.current.open()).toBe(open)
    expect(await ended(await post('/v1/runs', {}))).toMatchObject({ state: 'succeeded' })
    expect(await sizeOf('readers')).toBe(3)
  })

  it('waits for the cycle that is under way, which ends by what it began with', async () => {
    const running = Promise.withResolvers<void>()
    const told: string[] = []
    const cycle = hub.current.alone(async () => {
      const before = hub.current.open()
      await running.promise
      told.push(
        hub.current.open() === before ? 'the cycle ended by what it began with' : 'swapped beneath it',
      )
    })
    const answer = await apply(withFiles({ [segmentFile]: readers(`country = "GB"`) }))
    const operation = ended(answer).then(() => told.push('applied'))
    // Reads go on meanwhile, by what is in force.
    const size = await sizeOf('readers')
    const early = [...told]
    running.resolve()
    expect({ size, early }).toEqual({ size: 3, early: [] })
    await Promise.all([cycle, operation])
    expect(told).toEqual(['the cycle ended by what it began with', 'applied'])
    await restore()
  })
})

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../../support/run-cli.ts'

let folder = ''
const cli = (...words: string[]) => runCli(words, { cwd: folder })
const say = async (...words: string[]): Promise<string> => (await cli(...words)).out
const documentOf = async (...words: string[]): Promise<unknown> =>
  JSON.parse((await cli(...words, '--json')).out)
const header = (kind: string, name: string) => ({ kind, version: 1, name })
const from = (...names: string[]) => Object.fromEntries(names.map((name) => [name, { from: name }]))
const stream = (path: string) => ({ path, format: 'csv', id: 'id' })
const lists = async (): Promise<string> => readFile(join(folder, 'example-platform.json'), 'utf8')

const identity = {
  ...header('identity', 'people'),
  order: ['email', 'phone'],
  identifiers: { phone: { blocked: ['01 42 68 53 00'] } },
}
const manifests = [
  {
    ...header('connection', 'crm'),
    connector: 'files',
    config: { folder: 'data', streams: { contacts: stream('crm.csv'), orders: stream('orders.csv') } },
  },
  {
    ...header('connection', 'shop'),
    connector: 'files',
    config: { folder: 'data', streams: { contacts: stream('shop.csv') } },
  },
  {
    ...header('connection', 'platform'),
    connector: 'example',
    config: { account: 'test', lists_file: 'example-platform.json' },
  },
  {
    ...header('profile_schema', 'main'),
    traits: {
      first_name: { type: 'text' },
      last_name: { type: 'text' },
      city: { type: 'text' },
      orders: { type: 'number', computed: { event: 'purchase' } },
    },
    identifiers: { email: { form: 'email' }, phone: { form: 'phone' } },
    events: { purchase: { properties: {} } },
    consents: { marketing: { channels: ['email'] } },
    source_priority: ['crm', 'shop'],
    default_country: 'FR',
  },
  ...['crm', 'shop'].map((connection) => ({
    ...header('mapping', `${connection}-contacts`),
    connection,
    stream: 'contacts',
    identifiers: from('email', 'phone'),
    traits: from('first_name', 'last_name', 'city'),
    consents: [{ purpose: 'marketing', channel: 'email', from: 'ok', granted: ['yes'], denied: ['no'] }],
  })),
  {
    ...header('mapping', 'orders'),
    connection: 'crm',
    stream: 'orders',
    events: [{ event: 'purchase', person: from('email'), time: { from: 'at' } }],
  },
  ...[
    ['crm', 'contacts'],
    ['shop', 'contacts'],
    ['crm', 'orders'],
  ].map(([connection, name]) => ({
    ...header('sync', `pull-${connection}-${name}`),
    source: { connection, stream: name },
  })),
  { ...header('segment', 'buyers'), rule: { trait: 'orders', op: 'at_least', value: 1 } },
  { ...header('segment', 'byrons'), rule: { trait: 'last_name', op: 'equals', value: 'Byron' } },
  {
    ...header('sync', 'buyers-to-platform'),
    segment: 'buyers',
    destination: { connection: 'platform', kind: 'list', audience: 'Buyers' },
    fields: { email: { identifier: 'email' }, first_name: { trait: 'first_name' } },
    consent: [{ purpose: 'marketing', channel: 'email' }],
  },
]

const writeManifests = (rules: object): Promise<void> =>
  writeFile(join(folder, 'manifests', 'all.json'), JSON.stringify([...manifests, rules]))
const table = (name: string, rows: readonly string[]): Promise<void> =>
  writeFile(join(folder, 'data', name), `${rows.join('\n')}\n`)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'affluent-people-'))
  await Promise.all(['data', 'manifests'].map((name) => mkdir(join(folder, name))))
  await table('crm.csv', [
    'id,email,phone,first_name,last_name,city,ok',
    'ada,ada@analytical.example,0142685300,Ada,Lovelace,London,yes',
    'family,house@analytical.example,,Annabella,Milbanke,Seaham,yes',
  ])
  await table('shop.csv', [
    'id,email,phone,first_name,last_name,city,ok',
    'byron,ada.byron@engine.example,0142685300,Augusta Ada,Byron,Paris,no',
    '"house,2",house@analytical.example,,Ralph,King,Ashley,yes',
  ])
  await table('orders.csv', ['id,email,at', 'o1,ada@analytical.example,2026-01-05'])
  await writeManifests(identity)
  await cli('apply', '--yes')
  // Connections are read beside each other: whose people come first would be open.
  await cli('run', '--only', 'pull-crm-contacts,pull-crm-orders')
  await cli('run')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('affluent profiles', () => {
  it('shows one person from source record to audience, in English and in French', async () => {
    const shown = await say('profiles', 'show', 'house@analytical.example')
    expect(shown).toMatch(/first_name: Annabella — from crm\/contacts\/family/)
    expect(shown).toContain('crm/contacts/family and shop/contacts/house,2 have the same email')
    const ada = await say('profiles', 'show', 'ada@analytical.example')
    expect(ada).toContain('orders = 1 (computed)')
    expect(ada).toMatch(/buyers, since /)
    expect(ada).toMatch(/buyers-to-platform, by the platform’s answer of /)
    expect(ada).toContain('phone +33142685300 is blocked: it joins nobody.')
    const french = await say('profiles', 'show', 'ada@analytical.example', '--lang', 'fr')
    expect(french).toMatch(/buyers-to-platform, d’après la réponse de la plateforme/)
    expect(french).toContain('phone +33142685300 est bloqué')
    expect((await cli('profiles', 'show', 'nobody@analytical.example')).code).toBe(1)
  })

  it('previews a merge with records, values, segments and audiences, and changes nothing', async () => {
    const merge = ['profiles', 'merge', 'ada@analytical.example', 'ada.byron@engine.example', '--preview']
    const preview = await say(...merge)
    expect(preview).toContain('record crm/contacts/ada')
    expect(preview).toContain('record shop/contacts/byron')
    expect(preview).toMatch(/first_name: Ada \(from crm\/contacts\/ada\)\n +not: Augusta Ada/)
    expect(preview).toContain('Consent marketing/email: denied')
    expect(preview).toMatch(
      /Segments\n +byrons: p_\d+ → nobody\nAudiences\n +buyers-to-platform: p_\d+ → nobody\n/,
    )
    expect(preview).toContain('Nothing was changed.')
    const french = await say(...merge, '--lang', 'fr')
    expect(french).toContain('et non\u00a0: Augusta Ada (de shop/contacts/byron)')
    expect(french).toContain('Rien n’a été changé.')
    expect(await documentOf(...merge)).toMatchObject({ type: 'profiles_merge', preview: true })
    expect(await say('profiles', 'show', 'ada@analytical.example')).not.toContain('byron')
  })

  it('merges only when told to, says how to take it back, and the next run follows the stricter consent', async () => {
    const merge = ['profiles', 'merge', 'ada@analytical.example', 'ada.byron@engine.example']
    const unasked = await cli(...merge, '--json')
    expect([unasked.code, JSON.parse(unasked.out)]).toEqual([
      5,
      expect.objectContaining({ type: 'error', code: 'usage.confirmation_needed' }),
    ])
    expect(await lists()).toContain('ada@analytical.example')
    const merged = await say(...merge, '--yes')
    expect(merged).toMatch(/Undo with: affluent profiles unmerge p_\d+ --record shop\/contacts\/byron\n/)
    expect(await say('profiles', 'show', 'ada.byron@engine.example')).toContain(
      'crm/contacts/ada and shop/contacts/byron were joined by hand',
    )
    await cli('run')
    expect(await lists()).not.toContain('analytical.example')
    const again = await cli(...merge, '--yes')
    expect([again.code, again.err]).toEqual([64, expect.stringContaining('both are one profile already')])
  })

  it('unmerges back to both sides, with events and consents, for good', async () => {
    const split = await say('profiles', 'unmerge', 'ada@analytical.example', '--yes')
    expect(split).toMatch(/Undo with: affluent profiles merge p_\d+ p_\d+\n/)
    const ada = await say('profiles', 'show', 'ada@analytical.example')
    expect(ada).toContain('Consent marketing/email: granted')
    expect(ada).toContain('1 event\n')
    expect(ada).toContain('orders = 1 (computed)')
    expect(await say('profiles', 'show', 'ada.byron@engine.example')).toContain('0 events')
    await cli('run')
    expect(await lists()).toContain('ada@analytical.example')
    expect(await say('consent', 'show', 'ada.byron@engine.example')).toContain('marketing/email: denied.')
  })

  it('keeps a split pair apart, whatever they share, through a full rebuild', async () => {
    const house = 'house@analytical.example'
    const unknown = await cli('profiles', 'unmerge', house, '--record', 'shop/contacts/house', '--yes')
    expect([unknown.code, unknown.err]).toEqual([64, expect.stringContaining('shop/contacts/house,2')])
    const taken = await cli('profiles', 'unmerge', house, '--record', 'shop/contacts/house,2', '--yes')
    expect(taken.code).toBe(0)
    await writeManifests({ ...identity, survivorship: { city: 'longest' } })
    await cli('apply', '--yes')
    await cli('run')
    const [one, other] = [await say('profiles', 'show', house), await say('profiles', 'lookalikes')]
    expect(one).not.toContain('Why they are one person')
    expect(other).toContain('No two addresses look the same')
  })

  it('asks which records go when that is not plain', async () => {
    await cli('profiles', 'merge', 'house@analytical.example', 'ada@analytical.example', '--yes')
    await cli('profiles', 'merge', 'ada.byron@engine.example', 'ada@analytical.example', '--yes')
    const { code, err } = await cli('profiles', 'unmerge', 'ada@analytical.example', '--lang', 'fr')
    expect(code).toBe(64)
    expect(err).toContain('dites lesquels sont ceux de quelqu’un d’autre')
    expect(err).toContain('crm/contacts/ada')
  })
})

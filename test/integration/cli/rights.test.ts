import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dataPaths } from '../../../hub-server/data-paths.ts'
import { openEventSpool } from '../../../hub-server/intake/event-spool.ts'
import { runCli } from '../../support/run-cli.ts'
import { searchBytes } from '../../support/search-bytes.ts'

const ada = 'ada.lovelace@analytical.example'

let folder = ''
const cli = (...words: string[]) => runCli(words, { cwd: folder })
const header = (kind: string, name: string) => ({ kind, version: 1, name })
const contacts = (newsletter: string, wordingAt: string): Promise<void> =>
  writeFile(
    join(folder, 'data', 'contacts.csv'),
    `id,email,city,newsletter,at\n77,${ada},London,${newsletter},${wordingAt}\n8,grace@example.com,Paris,yes,2026-01-01\n`,
  )

const manifests = [
  {
    ...header('connection', 'shop'),
    connector: 'files',
    config: { folder: 'data', streams: { contacts: { path: 'contacts.csv', format: 'csv', id: 'id' } } },
  },
  {
    ...header('profile_schema', 'main'),
    traits: { city: { type: 'text' } },
    identifiers: { email: { form: 'email' } },
    events: { signup: { properties: {} } },
    consents: { marketing: { channels: ['email'] } },
  },
  {
    ...header('mapping', 'contacts'),
    connection: 'shop',
    stream: 'contacts',
    identifiers: { email: { from: 'email' } },
    traits: { city: { from: 'city' } },
    consents: [
      {
        purpose: 'marketing',
        channel: 'email',
        from: 'newsletter',
        granted: ['yes'],
        denied: ['no'],
        at: 'at',
        legal_basis: 'consent',
        wording: 'newsletter-2026',
      },
    ],
  },
  {
    ...header('mapping', 'signups'),
    connection: 'events',
    stream: 'track',
    events: [{ event: 'signup', person: { email: { from: 'userId' } }, time: { from: 'timestamp' } }],
  },
  { ...header('sync', 'pull'), source: { connection: 'shop', stream: 'contacts' } },
]

/** As if a client had sent it and nobody had drained it yet. */
function keepEvent(messageId: string): void {
  const spool = openEventSpool(dataPaths(folder).events)
  const call = { type: 'track', event: 'signup', userId: ada, messageId, timestamp: '2026-01-05T00:00:00Z' }
  const body = Buffer.from(JSON.stringify({ batch: [call] }))
  spool.keep([{ receivedAt: Date.UTC(2026, 0, 5), source: 'website', route: 'batch', retries: 0, body }])
  spool.close()
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'affluent-rights-'))
  await Promise.all(['data', 'manifests'].map((name) => mkdir(join(folder, name))))
  await writeFile(join(folder, 'manifests', 'all.json'), JSON.stringify(manifests))
  await contacts('yes', '2026-01-01')
  await cli('apply', '--yes')
  await cli('run')
  await contacts('no', '2026-02-01')
  await cli('run')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('one person’s data', () => {
  it('is exported with the whole ledger of consents: what was said before, when, on what ground and which wording', async () => {
    await cli('consent', 'set', ada, 'marketing', 'email', 'denied', '--note', 'by phone')
    const exported = await cli('export', ada, '--out', 'ada')
    expect(exported.code).toBe(0)
    const { tables } = JSON.parse(await readFile(join(folder, 'ada', 'person.json'), 'utf8')) as {
      tables: Record<string, Record<string, unknown>[]>
    }
    expect(tables['consent_entry']).toBeUndefined()
    expect(
      tables['consents']?.toSorted((a, b) => String(a['standing']).localeCompare(String(b['standing']))),
    ).toMatchObject([
      {
        status: 'denied',
        told_by: 'shop/contacts',
        decided_at: '2026-02-01T00:00:00.000Z',
        standing: 'current',
      },
      { status: 'denied', origin: 'person', note: 'by phone', standing: 'current' },
      {
        status: 'granted',
        told_by: 'shop/contacts',
        decided_at: '2026-01-01T00:00:00.000Z',
        legal_basis: 'consent',
        wording: 'newsletter-2026',
        standing: 'former',
      },
    ])
    const csv = await readFile(join(folder, 'ada', 'consents.csv'), 'utf8')
    expect(csv.split('\r\n')[0]).toBe(
      'purpose,channel,status,told_by,origin,decided_at,noted_at,legal_basis,wording,note,standing',
    )
    expect(csv).toContain('newsletter-2026')
    await rm(join(folder, 'ada'), { recursive: true })
  })

  it('is erased with what clients sent and nobody had looked at yet, to the last byte', async () => {
    keepEvent('m-1')
    expect(searchBytes(dataPaths(folder).data, [ada])).toContainEqual(
      expect.stringContaining('events.sqlite'),
    )
    const erased = await cli('erase', ada, '--yes', '--lang', 'fr')
    expect([erased.code, erased.err]).toEqual([0, ''])
    expect(erased.out).toContain('événements')
    expect(searchBytes(dataPaths(folder).data, [ada])).toEqual([])
  })

  it('stays away when a client sends more about them', async () => {
    keepEvent('m-2')
    expect((await cli('run')).code).toBe(0)
    expect((await cli('profiles', 'show', ada)).code).toBe(1)
    expect(searchBytes(dataPaths(folder).data, [ada])).toEqual([])
  })
})

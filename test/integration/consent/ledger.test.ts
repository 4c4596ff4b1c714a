import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideConsent } from '../../../core/consent/decide-consent.ts'
import type { ConsentStore, NewConsentEntry } from '../../../core/port/consent-store.ts'
import { createConsentStore } from '../../../hub-server/warehouse/consent-store.ts'
import { createIdentifierDigest } from '../../../hub-server/warehouse/suppression/digest.ts'
import {
  aMapping,
  aProfileStore,
  aRecord,
  aSchema,
  type TestStore,
} from '../profile-store/a-profile-store.ts'

const day = 86_400_000
const start = Date.UTC(2026, 0, 1)
const address = 'ada@example.com'

interface LedgerBench extends TestStore {
  readonly consents: ConsentStore
  /** What the person's profile says of marketing by e-mail. */
  readonly state: () => Promise<string>
  readonly note: (change: Partial<NewConsentEntry>) => Promise<unknown>
  /** Pulls one record of the person and refreshes; undated where `at` is left out. */
  readonly pull: (
    said: string,
    change?: { at?: string; id?: string; versionAt?: number | null },
  ) => Promise<void>
}

const datedMapping = aMapping({
  consents: [
    {
      purpose: 'marketing',
      channel: 'email',
      from: 'newsletter',
      granted: ['yes'],
      denied: ['no'],
      at: 'newsletter_at',
      legal_basis: 'consent',
      wording: 'v7',
    },
  ],
})

async function aLedger(mapping = datedMapping): Promise<LedgerBench> {
  const open = await aProfileStore()
  const { duckdb, clock } = open
  const digest = createIdentifierDigest(new Uint8Array(32))
  const consents = createConsentStore({ duckdb, schema: aSchema({}), digest, clock })
  return {
    ...open,
    consents,
    async state() {
      const profile = await open.store.findProfile(address)
      if (!profile) return 'nobody'
      const row = await duckdb.one<{ state: string | null }>(
        `SELECT consent_marketing__email AS state FROM profile WHERE profile_id = $1`,
        [BigInt(profile.profileId.slice(2))],
      )
      const told = (await consents.ledger(profile.profileId)).filter(
        ({ purpose, channel }) => purpose === 'marketing' && channel === 'email',
      )
      expect(row?.state ?? 'unknown', 'SQL and TypeScript keep one law').toBe(decideConsent(told).status)
      return row?.state ?? 'unknown'
    },
    note: (change) =>
      consents.append([
        {
          subject: { kind: 'email', value: address },
          purpose: 'marketing',
          channel: 'email',
          status: 'denied',
          origin: 'person',
          source: 'cli:ada',
          decidedAt: null,
          legalBasis: null,
          wording: null,
          note: null,
          key: null,
          ...change,
        },
      ]),
    async pull(said, { at, id = '1', versionAt = null } = {}) {
      clock.advance(day)
      const fields = { email: address, newsletter: said, ...(at !== undefined && { newsletter_at: at }) }
      await open.write([aRecord(id, fields, { versionAt })])
      await open.refresh([mapping])
    },
  }
}

describe('the ledger of consents', () => {
  it('keeps what a record said before, with its time, basis and wording', async () => {
    const { pull, consents, duckdb } = await aLedger()
    await pull('yes', { at: '2026-01-05T00:00:00Z' })
    await pull('no', { at: '2026-01-20T00:00:00Z' })
    const entries = await consents.ledger('p_1')
    expect(entries).toMatchObject([
      { status: 'granted', decidedAt: Date.UTC(2026, 0, 5), standing: 'former', wording: 'v7' },
      { status: 'denied', decidedAt: Date.UTC(2026, 0, 20), standing: 'current', legalBasis: 'consent' },
    ])
    duckdb.close()
  })

  it('does not let an old file bring back who said no', async () => {
    const { pull, state } = await aLedger()
    await pull('no', { at: '2026-01-20T00:00:00Z' })
    await pull('yes', { at: '2026-01-05T00:00:00Z' })
    expect(await state()).toBe('denied')
    await pull('yes')
    expect(await state(), 'nor one that tells no time').toBe('denied')
    await pull('')
    expect(await state(), 'nor one that says nothing').toBe('denied')
    await pull('yes', { at: '2026-01-25T00:00:00Z' })
    expect(await state()).toBe('granted')
  })

  it('follows a platform that dates its versions back to a yes', async () => {
    const { pull, state } = await aLedger()
    await pull('no', { versionAt: start })
    expect(await state()).toBe('denied')
    await pull('yes', { versionAt: start + 33 * day })
    expect(await state()).toBe('granted')
    await pull('yes', { id: '2', versionAt: start + 40 * day })
    await pull('no', { id: '2', versionAt: start + 41 * day })
    expect(await state(), 'any record may deny').toBe('denied')
  })

  it('forgets a misreading when its mapping is corrected, and says so', async () => {
    const { pull, refresh, state, consents } = await aLedger(
      aMapping({
        consents: [
          { purpose: 'marketing', channel: 'email', from: 'newsletter', granted: ['no'], denied: ['yes'] },
        ],
      }),
    )
    await pull('yes')
    expect(await state()).toBe('denied')
    await refresh([datedMapping])
    expect(await state()).toBe('granted')
    expect((await consents.ledger('p_1')).map(({ status, standing }) => `${status} ${standing}`)).toEqual([
      'granted current',
      'denied corrected',
    ])
  })

  it('keeps states and times through a full rebuild', async () => {
    const { pull, note, state, refresh, duckdb, consents } = await aLedger()
    await pull('yes', { at: '2026-01-05T00:00:00Z' })
    await note({ decidedAt: start + 20 * day, note: 'by phone' })
    const before = await consents.ledger('p_1')
    expect(await state()).toBe('denied')
    await duckdb.run(`DELETE FROM normalised_stream`)
    await refresh([datedMapping])
    expect(await state()).toBe('denied')
    expect(await consents.ledger('p_1')).toEqual(before)
  })

  it('keeps a denial beyond its record, and lets a grant go with it', async () => {
    const { pull, state, write, refresh } = await aLedger()
    await pull('yes', { id: '1', at: '2026-01-05T00:00:00Z' })
    await pull('', { id: '2' })
    await write([aRecord('1', {}, { versionAt: null, deleted: true })])
    await refresh([datedMapping])
    expect(await state()).toBe('unknown')
    await pull('no', { id: '3', at: '2026-01-05T00:00:00Z' })
    await write([aRecord('3', {}, { versionAt: null, deleted: true })])
    await refresh([datedMapping])
    expect(await state()).toBe('denied')
  })

  it('notes a platform’s opt-out once, however often it is told, and nothing of objects never pulled', async () => {
    const { pull, note, state, consents } = await aLedger()
    await pull('yes')
    const subject = { connection: 'shop', stream: 'contacts', externalId: '1' }
    const told = { subject, origin: 'platform' as const, decidedAt: start + 33 * day, key: 'shop/change-1' }
    expect(await note(told)).toEqual({ noted: 1, profilesChanged: 1 })
    expect(await note(told)).toEqual({ noted: 0, profilesChanged: 0 })
    expect(await note({ ...told, key: 'k', subject: { ...subject, externalId: '77' } })).toMatchObject({
      noted: 0,
    })
    expect(await state()).toBe('denied')
    expect(await consents.ledger('p_1')).toHaveLength(2)
  })

  it('follows a person into whatever profile their records become part of', async () => {
    const { note, write, refresh, state } = await aLedger()
    await write([aRecord('1', { customer_id: 'c1', newsletter: 'yes' }, { versionAt: null })])
    await refresh([datedMapping])
    await note({ subject: { profileId: 'p_1' }, decidedAt: start + 33 * day })
    await write([aRecord('2', { customer_id: 'c1', email: address, newsletter: 'yes' }, { versionAt: null })])
    await refresh([datedMapping])
    expect(await state()).toBe('denied')
  })

  it('comes to one state whatever order the same decisions arrive in, and it is that of the law', async () => {
    const decision = fc.record({
      status: fc.constantFrom('granted' as const, 'denied' as const),
      day: fc.integer({ min: 1, max: 20 }),
      way: fc.constantFrom('person', 'platform', 'one', 'two'),
    })
    const arrivals = fc
      .uniqueArray(decision, { minLength: 1, maxLength: 5, selector: ({ way }) => way })
      .chain((decisions) =>
        fc.tuple(
          fc.constant(decisions),
          fc.shuffledSubarray(decisions, { minLength: decisions.length, maxLength: decisions.length }),
        ),
      )
    await fc.assert(
      fc.asyncProperty(arrivals, async (orders) => {
        const states: string[] = []
        for (const order of orders) {
          const bench = await aLedger()
          for (const { status, day: on, way } of order) {
            const decidedAt = start + on * day
            if (way === 'one' || way === 'two')
              await bench.pull(status === 'granted' ? 'yes' : 'no', {
                id: way,
                at: new Date(decidedAt).toISOString(),
              })
            else await bench.note({ status, decidedAt })
          }
          await bench.pull('', { id: 'three' })
          states.push(await bench.state())
          bench.duckdb.close()
        }
        const [told] = orders
        const last = (status: string): number =>
          Math.max(0, ...told.filter((one) => one.status === status).map((one) => one.day))
        expect(new Set(states)).toEqual(new Set([last('granted') > last('denied') ? 'granted' : 'denied']))
      }),
      { numRuns: Number(process.env['CONSENT_RUNS'] ?? 6) },
    )
  })
})

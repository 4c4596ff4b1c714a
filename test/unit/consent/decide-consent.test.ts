import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideConsent, type ConsentEntry } from '../../../core/consent/decide-consent.ts'

const entry = (change: Partial<ConsentEntry>): ConsentEntry => ({
  purpose: 'marketing',
  channel: 'email',
  status: 'granted',
  origin: 'record',
  source: 'shop/contacts',
  decidedAt: null,
  notedAt: 100,
  legalBasis: null,
  wording: null,
  note: null,
  standing: 'current',
  ...change,
})

const anyEntry = fc
  .record({
    status: fc.constantFrom('granted' as const, 'denied' as const),
    standing: fc.constantFrom(
      'current' as const,
      'current' as const,
      'former' as const,
      'corrected' as const,
    ),
    decidedAt: fc.option(fc.integer({ min: 0, max: 12 })),
    notedAt: fc.integer({ min: 0, max: 12 }),
    source: fc.constantFrom('shop/contacts', 'crm/people'),
  })
  .map(entry)

const status = (...entries: ConsentEntry[]): string => decideConsent(entries).status

describe('the law of consent', () => {
  it('says the same of any entries in any order of arrival', () => {
    fc.assert(
      fc.property(
        fc
          .array(anyEntry, { maxLength: 8 })
          .chain((entries) =>
            fc.tuple(
              fc.constant(entries),
              fc.shuffledSubarray(entries, { minLength: entries.length, maxLength: entries.length }),
            ),
          ),
        ([entries, shuffled]) => {
          expect(decideConsent(shuffled)).toEqual(decideConsent(entries))
        },
      ),
    )
  })

  it('never sends past a denial: granted means that every denial is older than a grant with a time of its own', () => {
    fc.assert(
      fc.property(fc.array(anyEntry, { maxLength: 8 }), (entries) => {
        if (decideConsent(entries).status !== 'granted') return
        const denials = entries.filter((one) => one.status === 'denied' && one.standing !== 'corrected')
        const last = Math.max(
          -1,
          ...denials.map(({ decidedAt, notedAt }) => Math.min(decidedAt ?? notedAt, notedAt)),
        )
        const grants = entries.filter((one) => one.status === 'granted' && one.standing === 'current')
        expect(grants.some(({ decidedAt }) => last < 0 || (decidedAt !== null && decidedAt > last))).toBe(
          true,
        )
      }),
    )
  })

  it('can only get stricter by one more denial, and never by what was misread', () => {
    fc.assert(
      fc.property(fc.array(anyEntry, { maxLength: 8 }), anyEntry, (entries, one) => {
        const before = decideConsent(entries).status
        const denied = decideConsent([...entries, { ...one, status: 'denied', standing: 'current' }]).status
        expect(before === 'denied' && denied !== 'denied').toBe(false)
        expect(denied).not.toBe('unknown')
        expect(decideConsent([...entries, { ...one, standing: 'corrected' }]).status).toBe(before)
      }),
    )
  })

  it('knows nothing of whom nobody told anything', () => {
    expect(decideConsent([])).toEqual({ status: 'unknown', because: null })
  })

  it('lets an opt-out win over an older grant that arrives later', () => {
    expect(
      status(
        entry({ status: 'denied', decidedAt: 10, notedAt: 20 }),
        entry({ decidedAt: 5, notedAt: 30, source: 'file' }),
      ),
    ).toBe('denied')
  })

  it('lets a later grant that tells its time win over an opt-out', () => {
    expect(status(entry({ status: 'denied', decidedAt: 10 }), entry({ decidedAt: 11 }))).toBe('granted')
  })

  it('lets no grant without a time win, whenever it was noted', () => {
    expect(status(entry({ status: 'denied', decidedAt: 10 }), entry({ notedAt: 999 }))).toBe('denied')
  })

  it('counts an opt-out without a time from when it was noted', () => {
    const denial = entry({ status: 'denied', notedAt: 50 })
    expect(status(denial, entry({ decidedAt: 49 }))).toBe('denied')
    expect(status(denial, entry({ decidedAt: 51 }))).toBe('granted')
  })

  it('keeps to the opt-out at the same instant', () => {
    expect(status(entry({ status: 'denied', decidedAt: 10 }), entry({ decidedAt: 10 }))).toBe('denied')
  })

  it('does not believe a decision of the future', () => {
    const ahead = entry({ decidedAt: 9_999, notedAt: 20 })
    expect(status(ahead, entry({ status: 'denied', decidedAt: 30 }))).toBe('denied')
  })
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mappingManifestSchema, profileSchemaManifest } from '../../../core/manifest/manifest.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import { createNormaliser } from '../../../core/profile/normalise-record.ts'

const schema = profileSchemaManifest.parse({
  kind: 'profile_schema',
  version: 1,
  name: 'people',
  traits: {
    text: { type: 'text' },
    number: { type: 'number' },
    boolean: { type: 'boolean' },
    date: { type: 'date' },
    datetime: { type: 'datetime' },
    list: { type: 'list' },
  },
  identifiers: { email: { form: 'email' }, phone: { form: 'phone' }, id: { form: 'exact' } },
  events: { purchase: { properties: { amount: 'number' } } },
  consents: { marketing: { channels: ['email', 'ads'] } },
  default_country: 'FR',
})

function normalise(mapping: Record<string, unknown>, fields: JsonObject) {
  const parsed = mappingManifestSchema.parse({
    kind: 'mapping',
    version: 1,
    name: 'contacts',
    connection: 'shop',
    stream: 'contacts',
    ...mapping,
  })
  return createNormaliser(parsed, schema)(fields)
}

/** The trait of that type, made of `value` by these functions: its value, or the code it was refused with. */
function trait(type: string, apply: unknown[], value: JsonObject[string]) {
  const { traits, invalid } = normalise({ traits: { [type]: { from: 'value', apply } } }, { value })
  return invalid[0]?.code ?? traits[type]
}

describe('mapping functions', () => {
  it.each([
    ['text', ['trim'], ' a ', 'a'],
    ['text', ['collapse_spaces'], ' a \t b\u00a0c ', 'a b c'],
    ['text', ['lower_case'], 'ÀB', 'àb'],
    ['text', ['upper_case'], 'éß', 'ÉSS'],
    ['text', ['title_case'], "jean-marie d'ARC", "Jean-Marie D'Arc"],
    ['text', ['country_code'], 'Royaume-Uni', 'GB'],
    ['text', ['country_code'], 'Unspecified', 'unknown_country'],
    ['text', [{ lookup: { M: 'male', '1': 'one' } }], 1, 'one'],
    ['text', [{ lookup: { M: 'male' } }], 'constructor', 'not_in_lookup'],
    ['text', [{ default: 'none' }], '  ', 'none'],
    ['text', [{ default: 'none' }], 'some', 'some'],
    ['text', ['trim'], { a: 1 }, 'not_a_text'],
    ['text', [], 5, '5'],
    ['number', ['number'], ' -12.5e1 ', -125],
    ['number', [{ number: '1,234.5' }], '1,234.5', 1234.5],
    ['number', [{ number: '1.234,5' }], '1.234.567,5', 1234567.5],
    ['number', [{ number: '1 234,5' }], '\u22121\u202f234,5', -1234.5],
    ['number', [{ number: '1,234.5' }], '1.234,5', 'not_a_number'],
    ['number', [{ number: '1.234,5' }], '12,34,5', 'not_a_number'],
    ['number', [], '0x10', 'not_a_number'],
    ['number', [], '1e999', 'not_a_number'],
    ['number', [], 'Infinity', 'not_a_number'],
    ['boolean', ['boolean'], 'OUI', true],
    ['boolean', ['boolean'], 0, false],
    ['boolean', ['boolean'], 'perhaps', 'not_a_boolean'],
    ['boolean', [], 'yes', 'not_a_boolean'],
    ['date', [{ date: 'DD/MM/YYYY' }], '31/01/2026', '2026-01-31'],
    ['date', [], '2026-01-31T10:00:00Z', '2026-01-31'],
    ['date', [], 20260131, 'not_a_date'],
    [
      'datetime',
      [{ datetime: { pattern: 'DD/MM/YYYY HH:mm', time_zone: 'Europe/Paris' } }],
      '31/01/2026 01:00',
      Date.UTC(2026, 0, 31),
    ],
    ['datetime', ['datetime'], '2026-01-31', Date.UTC(2026, 0, 31)],
    ['datetime', [], 1769817600000, 1769817600000],
    ['datetime', [], 1e300, 'not_a_datetime'],
    ['list', [{ split: ';' }], 'a; b ;;c', ['a', 'b', 'c']],
    ['list', [{ split: ';' }, 'upper_case'], 'a;b', ['A', 'B']],
    ['list', [], ['a', null, 2], ['a', '2']],
    ['list', [], [['nested']], 'not_a_text'],
    ['text', [], 'nul\u0000', 'unreadable_text'],
    ['text', [], 'half \ud83d', 'unreadable_text'],
    ['text', [], 'a\tb\n', 'a\tb\n'],
  ])('%s %j of %j', (type, apply, value, expected) => {
    expect(trait(type, apply, value)).toEqual(expected)
  })
})

const newsletter = (from: string) => ({
  purpose: 'marketing',
  channel: 'email',
  from,
  granted: ['Yes', 'true', '1'],
  denied: ['no', '1'],
  at: 'at',
  legal_basis: 'consent',
})

describe('createNormaliser', () => {
  it('tells a null from what is missing', () => {
    const mapping = { traits: { text: { from: 'a' }, number: { from: 'b' }, date: { from: ['c', 'd'] } } }
    expect(normalise(mapping, { a: null, d: '' }).traits).toEqual({ text: null, date: null })
  })

  it('takes the first field that is not empty, by name or by path', () => {
    const mapping = { traits: { text: { from: ['home.city', 'work.city', 'city'] } } }
    expect(normalise(mapping, { home: { city: ' ' }, work: { city: 'Paris' }, city: 'Rome' }).traits).toEqual(
      { text: 'Paris' },
    )
    expect(normalise(mapping, { 'work.city': 'Flat', home: [] }).traits).toEqual({ text: 'Flat' })
  })

  it('never reaches what a record inherits', () => {
    const mapping = { traits: { text: { from: ['__proto__.name', 'constructor.name', 'toString'] } } }
    expect(normalise(mapping, {}).traits).toEqual({})
    const hostile = JSON.parse('{"__proto__": {"name": "own"}}')
    expect(normalise(mapping, hostile).traits).toEqual({ text: 'own' })
  })

  it('normalises identifiers by their form, with the country of the record for phones', () => {
    const mapping = {
      identifiers: {
        email: { from: 'mails', apply: [{ split: ';' }] },
        phone: { from: 'phone', country_from: 'country' },
        id: { from: 'id' },
      },
    }
    const record = normalise(mapping, {
      mails: 'A@x.com;b@x.com; a@X.com',
      phone: '07400 123456',
      country: 'England',
      id: 42,
    })
    expect(record.identifiers).toEqual([
      { kind: 'email', value: 'a@x.com' },
      { kind: 'email', value: 'b@x.com' },
      { kind: 'phone', value: '+447400123456' },
      { kind: 'id', value: '42' },
    ])
    expect(normalise(mapping, { phone: '0612345678', country: 'Atlantis' }).identifiers).toEqual([
      { kind: 'phone', value: '+33612345678' },
    ])
  })

  it.each(['null', 'N/A', 'undefined', '0', 'Unknown', '-'])('does not take %s for an id', (id) => {
    const record = normalise({ identifiers: { id: { from: 'id' } } }, { id })
    expect(record).toMatchObject({ identifiers: [], invalid: [{ field: 'id', code: 'placeholder' }] })
  })

  it('reads consents from the words of the mapping; what is in no list is unknown, and a no outweighs a yes', () => {
    const states = (fields: JsonObject) =>
      normalise({ consents: [newsletter('a'), newsletter('b')] }, fields).consents.map(({ status }) => status)
    expect(states({ a: ' YES ' })).toEqual(['granted'])
    expect(states({ a: true })).toEqual(['granted'])
    expect(states({ a: 'maybe', b: null })).toEqual([])
    expect(states({ a: 'no', b: 'yes' })).toEqual(['denied'])
    expect(states({ a: 'yes', b: 'no' })).toEqual(['denied'])
    expect(states({ a: 1 })).toEqual(['denied'])
    const dated = normalise({ consents: [newsletter('a')] }, { a: 'yes', at: '2026-01-31' })
    expect(dated.consents[0]).toMatchObject({ decidedAt: Date.UTC(2026, 0, 31), legalBasis: 'consent' })
    const undated = normalise({ consents: [newsletter('a')] }, { a: 'yes', at: 'once' })
    expect(undated).toMatchObject({
      consents: [{ decidedAt: null }],
      invalid: [{ field: 'at', code: 'not_a_datetime' }],
    })
  })

  it('makes an event of each mapping whose conditions hold, and tells whose it is', () => {
    const event = {
      event: 'purchase',
      where: [
        { from: 'invoice', op: 'not_starts_with', value: 'C' },
        { from: 'at', op: 'present' },
      ],
      person: { email: { from: 'email' } },
      time: { from: 'at' },
      properties: { amount: { from: 'amount' } },
    }
    const mapping = { identifiers: { email: { from: 'email' } }, events: [event, event] }
    const fields = { invoice: '1', at: '2026-01-31', email: 'A@x.com', amount: 'much' }
    expect(normalise(mapping, fields)).toMatchObject({
      events: [
        { name: 'purchase', ordinal: 1, own: true, time: Date.UTC(2026, 0, 31), properties: {} },
        { name: 'purchase', ordinal: 2 },
      ],
      invalid: [{ field: 'amount', code: 'not_a_number' }, { field: 'amount' }],
    })
    expect(normalise({ events: [event] }, fields).events[0]?.own).toBe(false)
    expect(normalise(mapping, { ...fields, invoice: 'C1' }).events).toEqual([])
    expect(normalise(mapping, { ...fields, at: '' })).toMatchObject({ events: [], invalid: [] })
  })

  it('never throws and never loses a neighbouring value, whatever a field holds', () => {
    const mapping = {
      identifiers: {
        email: { from: 'hostile' },
        phone: { from: 'hostile', country_from: 'hostile' },
        id: { from: 'safe' },
      },
      traits: {
        text: { from: 'hostile', apply: ['trim'] },
        number: { from: 'hostile', apply: [{ number: '1 234,5' }] },
        boolean: { from: 'hostile', apply: ['boolean'] },
        date: { from: 'hostile', apply: ['date'] },
        datetime: { from: 'hostile' },
        list: { from: 'hostile', apply: [{ split: ',' }] },
      },
      consents: [{ purpose: 'marketing', channel: 'ads', from: 'hostile', granted: ['1'] }],
    }
    fc.assert(
      fc.property(fc.jsonValue(), (hostile) => {
        const fields: JsonObject = JSON.parse(JSON.stringify({ hostile, safe: 'id-1' }))
        expect(normalise(mapping, fields).identifiers).toContainEqual({ kind: 'id', value: 'id-1' })
      }),
    )
  })
})

import { describe, expect, it } from 'vitest'
import {
  crmObject,
  toInstant,
  toPropertyValue,
  toSourceRecord,
} from '../../../../connectors/hubspot/mapping.ts'

const contact = (more: object) => crmObject.parse({ id: '7', properties: {}, ...more })

describe('toSourceRecord', () => {
  it('keeps only the fields asked for, as texts or null', () => {
    const record = toSourceRecord(
      contact({ properties: { email: 'a@b.fr', age: 41, vip: true, gone: null } }),
      ['email', 'age', 'vip', 'gone', 'never_there', 'hs_object_id'],
    )
    expect(record.fields).toEqual({
      email: 'a@b.fr',
      age: '41',
      vip: 'true',
      gone: null,
      never_there: null,
      hs_object_id: '7',
    })
  })

  it('takes the former ids of a merged contact from hs_merged_object_ids, without its own', () => {
    const merged = contact({ properties: { hs_merged_object_ids: '3;5; 7;' } })
    expect(toSourceRecord(merged, []).mergedIds).toEqual(['3', '5'])
    expect(toSourceRecord(contact({}), [])).not.toHaveProperty('mergedIds')
  })

  it('gives an archived contact as deleted, without its data, with the time of archiving', () => {
    const archived = contact({
      properties: { email: 'a@b.fr' },
      updatedAt: '2026-01-01T00:00:00Z',
      archived: true,
      archivedAt: '2026-02-01T00:00:00Z',
    })
    expect(toSourceRecord(archived, ['email'])).toMatchObject({
      deleted: true,
      fields: {},
      versionAt: Date.parse('2026-02-01'),
    })
  })

  it('does not take inherited names for properties', () => {
    expect(toSourceRecord(contact({}), ['constructor']).fields).toEqual({ constructor: null })
  })
})

describe('trap 19: toInstant', () => {
  it.each([
    ['2026-01-01T00:00:00.123Z', 1_767_225_600_123],
    ['1767225600123', 1_767_225_600_123],
    ['1767225600123.75', 1_767_225_600_123],
    [1_767_225_600_123.5, 1_767_225_600_123],
    ['yesterday', null],
  ])('reads %s', (value, expected) => {
    expect(toInstant(value)).toBe(expected)
  })
})

describe('toPropertyValue', () => {
  it.each([
    ['text', 'text'],
    ['invalid', 'invalid'],
    ['', ''],
    [true, 'true'],
    [1_234_567.5, '1234567.5'],
    [1e21, '1000000000000000000000'],
    [['a', 'b'], 'a;b'],
  ])('writes %j as %j', (value, expected) => {
    expect(toPropertyValue(value)).toBe(expected)
  })

  it('leaves HubSpot’s value alone where the hub has none', () => {
    expect(toPropertyValue(null)).toBeNull()
  })

  it.each([
    ['a lone surrogate', 'a\uD800'],
    ['a null byte', 'a\u0000b'],
    ['more than 65,536 characters', 'x'.repeat(65_537)],
    ['an object', { nested: 1 }],
    ['not a number', Number.NaN],
  ])('refuses %s', (_what, value) => {
    expect(toPropertyValue(value)).toBeUndefined()
  })
})

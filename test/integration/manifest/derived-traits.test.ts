import { describe, expect, it } from 'vitest'
import { validateRule } from '../../../core/segment/validate-rule.ts'
import { brief, faultsOf, good, mapping, profileSchema, readFiles } from '../../support/small-workspace.ts'

const withTraits = (traits: object) => ({ ...profileSchema, traits: { ...profileSchema.traits, ...traits } })

const enrichment = {
  kind: 'enrichment',
  version: 1,
  name: 'cities',
  file: 'data/cities.csv',
  key: { trait: 'city', from: 'name' },
  traits: { population: { from: 'people' } },
  source: 'INSEE',
  licence: 'Licence Ouverte 2.0',
}
const enriched = {
  ...good,
  'manifests/schema.json': withTraits({ population: { type: 'number', enriched_by: 'cities' } }),
  'manifests/cities.json': enrichment,
}
const changed = (change: object) => ({ ...enriched, 'manifests/cities.json': { ...enrichment, ...change } })

describe('computed traits in manifests', () => {
  it('may be used by segments as any other trait', async () => {
    const files = {
      ...good,
      'manifests/schema.json': withTraits({ orders: { type: 'number', computed: { event: 'purchase' } } }),
      'manifests/buyers.json': {
        kind: 'segment',
        version: 1,
        name: 'buyers',
        rule: { trait: 'orders', op: 'at_least', value: 1 },
      },
    }
    const { workspace } = await readFiles(files, validateRule)
    expect(workspace.profileSchema.traits['orders']?.computed).toMatchObject({
      event: 'purchase',
      measure: 'count',
    })
  })

  it('tell their faults with the place in the file', async () => {
    const faults = await faultsOf({
      ...good,
      'manifests/schema.json': withTraits({
        a: { type: 'number', computed: { add: [1, { trait: 'city' }] } },
        b: { type: 'number', computed: { trait: 'c' } },
        c: { type: 'number', computed: { trait: 'b' } },
        d: { type: 'number', computed: { sum: 1 } },
      }),
    })
    expect(brief(faults)).toContain('manifests/schema.json traits.d.computed.sum manifest.unknown_key')
    const rest = await faultsOf({
      ...good,
      'manifests/schema.json': withTraits({
        a: { type: 'number', computed: { add: [1, { trait: 'city' }] } },
        b: { type: 'number', computed: { trait: 'c' } },
        c: { type: 'number', computed: { trait: 'b' } },
      }),
    })
    expect(brief(rest)).toEqual([
      'manifests/schema.json traits.a.computed.add[1] trait.wrong_type',
      'manifests/schema.json traits.b.computed trait.cycle',
    ])
    expect(rest[0]?.line).toBeGreaterThan(1)
  })

  it('cannot be filled by a mapping, and neither can enriched ones', async () => {
    const faults = await faultsOf({
      ...enriched,
      'manifests/schema.json': withTraits({
        population: { type: 'number', enriched_by: 'cities' },
        orders: { type: 'number', computed: { event: 'purchase' } },
      }),
      'manifests/nested/mapping.json': {
        ...mapping,
        traits: { ...mapping.traits, population: { from: 'P' }, orders: { from: 'O' } },
      },
    })
    expect(brief(faults)).toEqual([
      'manifests/nested/mapping.json traits.population trait.derived',
      'manifests/nested/mapping.json traits.orders trait.derived',
    ])
  })
})

describe('enrichments in manifests', () => {
  it('are part of the workspace', async () => {
    const { workspace } = await readFiles(enriched)
    expect(workspace.enrichments.get('cities')?.key).toMatchObject({ trait: 'city', compare: 'text' })
  })

  it.each<[string, object, string]>([
    ['a file outside the workspace', { file: '../cities.csv' }, 'file manifest.invalid_value'],
    ['an absolute path', { file: '/etc/passwd.csv' }, 'file manifest.invalid_value'],
    ['a format that nobody reads', { file: 'cities.xlsx' }, 'file manifest.invalid_value'],
    ['a schedule that is none', { every: 'often' }, 'every manifest.invalid_value'],
    ['no key', { key: { from: 'name' } }, 'key manifest.missing_key'],
    [
      'two keys',
      { key: { trait: 'city', identifier: 'email', from: 'name' } },
      'key.identifier manifest.unknown_key',
    ],
    [
      'an unknown key trait',
      { key: { trait: 'town', from: 'name' } },
      'key.trait manifest.unknown_reference',
    ],
    [
      'a key that it fills itself',
      { key: { trait: 'population', from: 'name' } },
      'key.trait manifest.unknown_reference',
    ],
    [
      'an unknown identifier',
      { key: { identifier: 'mail', from: 'name' } },
      'key.identifier manifest.unknown_reference',
    ],
    [
      'a trait that does not name it',
      { traits: { population: { from: 'p' }, city: { from: 'c' } } },
      'traits.city manifest.invalid_value',
    ],
    [
      'a trait that is not there',
      { traits: { population: { from: 'p' }, size: { from: 'c' } } },
      'traits.size manifest.unknown_reference',
    ],
    ['no licence', { licence: undefined }, ' manifest.missing_key'],
  ])('are refused with %s', async (_, change, expected) => {
    expect(brief(await faultsOf(changed(change))).join('\n')).toContain(`manifests/cities.json ${expected}`)
  })

  it('must be there, and fill the trait, when a trait names them', async () => {
    const schema = withTraits({
      population: { type: 'number', enriched_by: 'citys' },
      size: { type: 'number', enriched_by: 'cities' },
      both: { type: 'number', enriched_by: 'cities', computed: 1 },
    })
    const faults = await faultsOf({ ...enriched, 'manifests/schema.json': schema })
    expect(brief(faults)).toEqual([
      'manifests/cities.json traits.population manifest.invalid_value',
      'manifests/schema.json traits.population.enriched_by manifest.unknown_reference',
      'manifests/schema.json traits.size.enriched_by manifest.invalid_value',
      'manifests/schema.json traits.both.enriched_by manifest.unknown_key',
    ])
    expect(faults[1]?.params['suggestion']).toBe('cities')
  })
})

import { describe, expect, it } from 'vitest'
import { brief, faultsOf, good, profileSchema, readFiles } from '../../support/small-workspace.ts'

const traits = {
  ...profileSchema.traits,
  age: { type: 'number' },
  orders: { type: 'number' },
  zip: { type: 'text' },
  flags: { type: 'list' },
}
const quality = {
  kind: 'quality',
  version: 1,
  name: 'contacts',
  connection: 'crm-eu',
  stream: 'contacts',
  flags_into: 'flags',
  checks: [
    { on: 'email', check: 'disposable', action: 'drop' },
    { on: 'zip', check: { postcode: { country: 'FR' } }, action: 'normalise', otherwise: 'drop' },
    { on: ['age', 'orders'], check: { isolation_forest: {} } },
  ],
}
const withQuality = (change: object, schemaTraits: object = traits) => ({
  ...good,
  'manifests/schema.json': { ...profileSchema, traits: schemaTraits },
  'manifests/quality.json': { ...quality, ...change },
})
const faultsOfCheck = async (check: object): Promise<string[]> =>
  brief(await faultsOf(withQuality({ checks: [check] })))

const faultsOfRule = async (imputed: object, type = 'number'): Promise<string[]> =>
  brief(await faultsOf(withQuality({}, { ...traits, filled: { type, imputed } })))

describe('quality manifests', () => {
  it('are part of the workspace, flagging where nothing else is said', async () => {
    const { workspace } = await readFiles(withQuality({}))
    expect(workspace.quality.get('contacts')?.checks[2]).toMatchObject({ action: 'flag' })
  })

  it('name a stream and traits that are there', async () => {
    expect(
      brief(
        await faultsOf(
          withQuality({ stream: 'people', flags_into: 'zip', checks: [{ on: 'emial', check: 'filled' }] }),
        ),
      ),
    ).toEqual([
      'manifests/quality.json stream manifest.unknown_reference',
      'manifests/quality.json flags_into manifest.invalid_value',
      'manifests/quality.json checks[0].on manifest.unknown_reference',
    ])
  })

  it.each([
    ['a check that does not fit the type', { on: 'zip', check: { between: [0, 1] } }, 'checks[0].on'],
    ['an outlier of a text', { on: 'zip', check: { outlier: { by: 'iqr' } } }, 'checks[0].on'],
    ['a forest of one trait', { on: 'age', check: { isolation_forest: {} } }, 'checks[0].on'],
    ['several traits for another check', { on: ['age', 'orders'], check: 'filled' }, 'checks[0].on'],
    [
      'a normal form of an identifier',
      { on: 'phone', check: { phone: {} }, action: 'normalise' },
      'checks[0].action',
    ],
    ['a normal form of a flag', { on: 'zip', check: 'filled', action: 'normalise' }, 'checks[0].action'],
    [
      'dropping what a forest finds',
      { on: ['age', 'orders'], check: { isolation_forest: {} }, action: 'drop' },
      'checks[0].action',
    ],
    ['a pattern that does not parse', { on: 'zip', check: { pattern: '(' } }, 'checks[0].check.pattern'],
    ['a pattern that looks around', { on: 'zip', check: { pattern: '(?=a)a' } }, 'checks[0].check.pattern'],
  ])('refuse %s', async (_, check, path) => {
    expect(await faultsOfCheck(check)).toEqual([`manifests/quality.json ${path} manifest.invalid_value`])
  })

  it('refuse "otherwise" where nothing is normalised', async () => {
    expect(await faultsOfCheck({ on: 'zip', check: 'filled', otherwise: 'drop' })).toEqual([
      'manifests/quality.json checks[0].otherwise manifest.unknown_key',
    ])
  })

  it('are one for each stream', async () => {
    const files = { ...withQuality({}), 'manifests/more.json': { ...quality, name: 'more' } }
    expect(brief(await faultsOf(files))).toEqual(['manifests/quality.json stream manifest.duplicate_name'])
  })
})

describe('imputed traits', () => {
  it.each([
    ['another type', { from: 'zip', by: 'mode' }, 'number', '.from manifest.invalid_value'],
    ['a mean of texts', { from: 'zip', by: 'mean' }, 'text', '.by manifest.invalid_value'],
    ['an unknown trait', { from: 'agee', by: 'mean' }, 'number', '.from manifest.unknown_reference'],
    [
      'groups by a number',
      { from: 'age', by: 'mean', per: 'orders' },
      'number',
      '.per manifest.unknown_reference',
    ],
    [
      'a constant of another type',
      { from: 'age', by: 'constant', value: 'x' },
      'number',
      '.value manifest.invalid_value',
    ],
    ['a constant without a value', { from: 'age', by: 'constant' }, 'number', ' manifest.missing_key'],
    [
      'a value that is not used',
      { from: 'age', by: 'mean', value: 1 },
      'number',
      '.value manifest.unknown_key',
    ],
  ])('refuse %s', async (_, imputed, type, fault) => {
    expect(await faultsOfRule(imputed, type)).toEqual([`manifests/schema.json traits.filled.imputed${fault}`])
  })

  it('can be filled by no mapping', async () => {
    const files = withQuality({}, { ...traits, city: { type: 'text', imputed: { from: 'zip', by: 'mode' } } })
    expect(brief(await faultsOf(files))).toEqual(['manifests/nested/mapping.json traits.city trait.derived'])
  })
})

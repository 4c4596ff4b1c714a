import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { validateRule } from '../../../core/segment/validate-rule.ts'
import englishWords from '../../../hub-server/locales/en/cli.json' with { type: 'json' }
import { diffManifests } from '../../../hub-server/manifest/diff-manifests.ts'
import { readSegmentTemplates } from '../../../hub-server/manifest/segment-template.ts'
import { brief, deliver, faultsOf, good, readFiles, segment } from '../../support/small-workspace.ts'

const list = { kind: 'priority_list', version: 1, name: 'live', segments: ['vip', 'all-people'] }
const split = {
  kind: 'split',
  version: 1,
  name: 'spring',
  segment: 'all-people',
  arms: [{ name: 'a', percent: 45 }],
  holdout: 10,
}
const vip = { ...segment, name: 'vip', rule: { trait: 'city', op: 'equals', value: 'Lyon' } }
const workspaceWith = (...more: readonly object[]) => ({ ...good, 'manifests/more.json': [vip, ...more] })
const faults = async (...more: readonly object[]): Promise<string[]> =>
  brief((await faultsOf(workspaceWith(...more), validateRule)).filter(({ file }) => file !== ''))
const toCrm = (from: string, audience = 'Live') => ({
  ...deliver,
  name: `to-crm-${audience.toLowerCase()}`,
  segment: from,
  destination: { ...deliver.destination, audience },
})

const documentsOf = async (change: object) =>
  (await readFiles(workspaceWith({ ...split, ...change }), validateRule)).documents

describe('priority lists and splits', () => {
  it('become segments that syncs, rules, lists and splits may name', async () => {
    const { workspace, documents } = await readFiles(
      workspaceWith(
        list,
        split,
        toCrm('live.vip'),
        toCrm('spring.a', 'Arm'),
        { ...segment, name: 'both', rule: { all: [{ segment: 'live.vip' }, { segment: 'spring.a' }] } },
        { ...list, name: 'second', segments: ['live.vip', 'spring.a'] },
      ),
      validateRule,
    )
    expect([...workspace.segments.keys()].filter((name) => name.includes('.')).sort()).toEqual([
      'live.all-people',
      'live.vip',
      'second.live.vip',
      'second.spring.a',
      'spring.a',
      'spring.holdout',
    ])
    expect(workspace.segments.get('live.vip')?.rule).toEqual({ segment: 'vip' })
    expect(workspace.segments.get('live.all-people')?.rule).toEqual({
      all: [{ segment: 'all-people' }, { not: { segment: 'vip' } }],
    })
    expect(workspace.segments.get('spring.holdout')?.rule).toEqual({
      all: [{ segment: 'all-people' }, { sample: { salt: 'spring', percent: 10, from: 90 } }],
    })
    expect(documents.filter(({ name }) => name.includes('.'))).toEqual([])
  })

  it('name each fault with its place', async () => {
    const arms = [
      { name: 'a', percent: 60 },
      { name: 'holdout', percent: 35 },
    ]
    expect(
      await faults(
        { ...list, segments: ['vip', 'vip', 'vpi'] },
        { ...split, segment: 'all-peple', arms },
        { ...list, name: 'spring' },
        toCrm('live.vips'),
      ),
    ).toEqual([
      'manifests/more.json segments[1] manifest.duplicate_name',
      'manifests/more.json segments[2] manifest.unknown_reference',
      'manifests/more.json segment manifest.unknown_reference',
      'manifests/more.json arms manifest.invalid_value',
      'manifests/more.json arms[1].name manifest.invalid_value',
      'manifests/more.json name manifest.duplicate_name',
      'manifests/more.json segment manifest.unknown_reference',
    ])
  })

  it('refuse circles by name, also those that lead through lists alone', async () => {
    const circle = await faultsOf(
      workspaceWith(
        list,
        { ...segment, name: 'all-people-2', rule: { segment: 'live.all-people-2' } },
        {
          ...list,
          name: 'two',
          segments: ['one.two.vip', 'vip'],
        },
        { ...list, name: 'one', segments: ['two.vip', 'vip'] },
      ),
      validateRule,
    )
    expect(circle.map(({ path, code, params }) => [path, code, params['cycle'] ?? params['name']])).toEqual([
      ['rule.segment', 'segment.unknown_name', 'live.all-people-2'],
      ['segments[1]', 'segment.cycle', 'two.vip → one.two.vip → two.vip'],
      ['segments[0]', 'segment.cycle', 'one.two.vip → two.vip → one.two.vip'],
    ])
    const own = await faultsOf(
      workspaceWith(
        { ...segment, name: 'self', rule: { segment: 'mine.self' } },
        {
          ...split,
          name: 'mine',
          segment: 'self',
          arms: [{ name: 'self', percent: 10 }],
        },
      ),
      validateRule,
    )
    expect(own.map(({ path, code, params }) => [path, code, params['cycle']])).toEqual([
      ['rule.segment', 'segment.cycle', 'self → mine.self → self'],
      ['segment', 'segment.cycle', 'mine.self → self → mine.self'],
    ])
  })

  it('keep the holdout apart from sends: no sync may name it or let it in', async () => {
    const kept = {
      ...segment,
      name: 'kept',
      rule: { any: [{ segment: 'vip' }, { segment: 'spring.holdout' }] },
    }
    const without = { ...segment, name: 'without', rule: { not: { segment: 'spring.holdout' } } }
    const found = await faultsOf(
      workspaceWith(
        split,
        kept,
        without,
        toCrm('spring.holdout'),
        toCrm('kept', 'Kept'),
        toCrm('without', 'Rest'),
      ),
      validateRule,
    )
    expect(found.map(({ code, path, params }) => [code, path, params['way']])).toEqual([
      ['segment.holdout_sent', 'segment', 'spring.holdout'],
      ['segment.holdout_sent', 'segment', 'kept → spring.holdout'],
    ])
  })

  it('are drawn for ever: a change that would draw anew is refused before it is in force', async () => {
    const applied = (await documentsOf({})).map((one) => ({ ...one, revision: 1 }))
    const refusal = {
      code: 'segment.split_reshuffled',
      params: { act: 'comparing the manifests', split: 'summer', salt: 'spring' },
    }
    const [renamed, salted, larger] = [
      await documentsOf({ name: 'summer' }),
      await documentsOf({ name: 'summer', salt: 'spring' }),
      await documentsOf({ arms: [{ name: 'a', percent: 60 }] }),
    ]
    expect(() => diffManifests(renamed, applied)).toThrow(expect.objectContaining(refusal))
    expect(diffManifests(salted, applied).map(({ operation, name }) => [operation, name])).toEqual([
      ['create', 'summer'],
      ['delete', 'spring'],
    ])
    expect(diffManifests(larger, applied)).toMatchObject([{ operation: 'update', kind: 'split' }])
  })
})

describe('docs/segment-algebra.md', async () => {
  const page = await readFile(join(import.meta.dirname, '../../../docs/segment-algebra.md'), 'utf8')
  const examples = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, text = '']): object => JSON.parse(text))

  it('has examples that form a valid workspace', async () => {
    const named = ['big-spenders', 'lapsed', 'newsletter-readers'].map((name) => ({ ...segment, name }))
    const [rule, ...manifests] = examples
    const { workspace } = await readFiles(
      workspaceWith(...named, { ...segment, name: 'example', rule }, ...manifests),
      validateRule,
    )
    expect([...workspace.segments.keys()].filter((name) => name.includes('.'))).toEqual([
      'live.big-spenders',
      'live.lapsed',
      'live.newsletter-readers',
      'spring-test.discount',
      'spring-test.free-delivery',
      'spring-test.holdout',
    ])
  })

  it('tells every template with its parameters, and every warning', async () => {
    for (const { name, parameters } of await readSegmentTemplates()) {
      const line = page.split('\n').find((one) => one.startsWith(`| \`${name}\``)) ?? ''
      const told = [...(line.split('|').at(-2) ?? '').matchAll(/`(\w+)`/g)].map(([, parameter]) => parameter)
      expect([name, told]).toEqual([name, Object.keys(parameters)])
    }
    const warnings = Object.keys(englishWords.hygiene.titles)
    expect(warnings.filter((code) => !page.includes(`\`${code}\``))).toEqual([])
  })
})

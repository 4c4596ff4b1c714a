import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../support/run-cli.ts'

const sync = 'first-audience-to-platform'
const regions = 'country,region\nfr,France\nGB,Islands\n'

describe('a table joined to people, from the file to the audience, command by command', () => {
  let folder = ''
  const shop = (): string => join(folder, 'shop')
  const cli = (...words: string[]) => runCli(words, { cwd: shop() })
  const writeRegions = (text: string) => writeFile(join(shop(), 'data/regions.csv'), text)

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'affluent-e2e-'))
    await runCli(['init', 'shop', '--yes', '--country', 'FR'], { cwd: folder })
    const path = join(shop(), 'manifests/profile-schema.json')
    const schema = JSON.parse(await readFile(path, 'utf8')) as { traits: Record<string, unknown> }
    schema.traits['region'] = { type: 'text', enriched_by: 'regions' }
    schema.traits['greeting'] = {
      type: 'text',
      computed: { concat: ['Hello ', { trait: 'first_name' }, ' in ', { trait: 'region' }] },
    }
    await writeFile(path, JSON.stringify(schema))
    const enrichment = {
      kind: 'enrichment',
      version: 1,
      name: 'regions',
      file: 'data/regions.csv',
      key: { trait: 'country', from: 'country', compare: 'code' },
      traits: { region: { from: 'region' } },
      source: 'Sales, 2026',
      licence: 'internal',
    }
    await writeFile(join(shop(), 'manifests/enrichment-regions.json'), JSON.stringify(enrichment))
    const segment = {
      kind: 'segment',
      version: 1,
      name: 'first-audience',
      rule: {
        all: [
          { trait: 'greeting', op: 'ends_with', value: ' in France' },
          { consent: { purpose: 'marketing', channel: 'email' }, is: 'granted' },
        ],
      },
    }
    await writeFile(join(shop(), 'manifests/segment-first-audience.json'), JSON.stringify(segment))
    await writeRegions(regions)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('delivers whom the joined and the computed trait select', async () => {
    expect((await cli('validate')).code).toBe(0)
    expect((await cli('apply', '--yes')).code).toBe(0)
    const run = await cli('run')
    expect(run.code).toBe(0)
    expect(run.err).toContain('1 external table read')
    expect(run.out).toContain('applied 2')
  })

  it('tells in the plan how many people found a row, and which keys were sought in vain', async () => {
    const { out } = await cli('plan')
    expect(out).toContain('Enrichment regions: 2 rows (Sales, 2026, internal)')
    expect(out).toMatch(/6 of 8 profiles with the key found a row/)
    expect(out).toContain('most frequent keys without a row: DE (1), IT (1)')
    const plan = JSON.parse((await cli('plan', '--json')).out) as Record<string, unknown>
    expect(plan['enrichments']).toMatchObject([{ enrichment: 'regions', profiles_matched: 6, error: null }])
  })

  it('explains where each derived trait comes from', async () => {
    const { out } = await cli('explain', 'louis.petit@example.org', sync)
    expect(out).toContain('greeting = Hello Louis in France (computed)')
    expect(out).toMatch(/region = France \(enrichment regions: Sales, 2026, internal, read .+\)/)
  })

  it('keeps the last good table while the file is broken, says so, and is not green', async () => {
    await writeRegions(`${regions}FR,Twice\n`)
    const plan = await cli('plan')
    expect(plan.out).toContain(
      'data/regions.csv has several rows with one key (keys concerned: 1): "FR" (2, 4)',
    )
    const run = await cli('run')
    expect(run.code).toBe(3)
    expect(run.out).toContain('"FR" (2, 4)')
    expect((await cli('explain', 'louis.petit@example.org', sync)).out).toContain('region = France')
    await writeRegions(regions.replace('fr,France', 'FR,Hexagon'))
    const repaired = await cli('plan')
    expect(repaired.out).not.toContain('several rows')
    expect(repaired.out).toMatch(/0 members/)
  })
})

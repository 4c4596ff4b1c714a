import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../../support/run-cli.ts'

let folder = ''
const cli = (...words: string[]) => runCli(words, { cwd: folder })
const json = async (...words: string[]): Promise<Record<string, unknown>> =>
  JSON.parse((await cli(...words, '--json')).out) as Record<string, unknown>
const write = (name: string, ...manifests: readonly object[]): Promise<void> =>
  writeFile(
    join(folder, 'manifests', `${name}.json`),
    JSON.stringify(manifests.map((manifest) => ({ version: 1, ...manifest }))),
  )
const split = {
  kind: 'split',
  name: 'spring',
  segment: 'everybody',
  arms: [{ name: 'a', percent: 50 }],
  holdout: 30,
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'affluent-algebra-'))
  await cli('init', 'shop', '--country', 'FR', '--yes')
  folder = join(folder, 'shop')
  await write(
    'algebra',
    { kind: 'segment', name: 'everybody', rule: { all: [] } },
    { kind: 'segment', name: 'french', rule: { trait: 'country', op: 'equals', value: 'FR' } },
    { kind: 'priority_list', name: 'live', segments: ['first-audience', 'french', 'everybody'] },
    split,
  )
  await cli('apply', '--yes')
  await cli('run')
})
afterAll(() => rm(join(folder, '..'), { recursive: true, force: true }))

describe('affluent segments overlap', () => {
  it('tells sizes, combinations and pairs, in words that a marketer reads', async () => {
    const { out, err, code } = await cli('segments', 'overlap', 'first-audience', 'french', 'everybody')
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^8 people are in at least one of these segments, 4 in several\.$/m)
    expect(out).toMatch(/^french +4 +0 +4$/m)
    expect(out).toMatch(/^4 +8 +everybody$/m)
    expect(out).toMatch(/^3 +3 +first-audience \+ french \+ everybody$/m)
    expect(out).toMatch(/^3 +100 % +75 % +75 % +first-audience \+ french$/m)
  })

  it('takes the parts of lists and splits, which share nobody', async () => {
    const live = await json('segments', 'overlap', 'live.first-audience', 'live.french', 'live.everybody')
    expect(live).toMatchObject({ people: 8, inSeveral: 0, combinationsLeftOut: 0 })
  })

  it('compares all written segments when none is named, and names what it does not know', async () => {
    const { segments } = await json('segments', 'overlap')
    expect((segments as { segment: string }[]).map(({ segment }) => segment).sort()).toEqual([
      'everybody',
      'first-audience',
      'french',
    ])
    expect(await json('segments', 'overlap', 'frensh')).toMatchObject({
      type: 'error',
      code: 'segment.unknown_name',
      repair: expect.stringContaining('french') as unknown,
    })
  })
})

describe('affluent segments hygiene', () => {
  it('names what is wrong with its repair, and ends with 0', async () => {
    const { out, code } = await cli('segments', 'hygiene')
    expect(code).toBe(0)
    expect(out).toContain('first-audience-to-platform sends “first-audience” past the priority list “live”.')
    expect(out).toContain('Send live.first-audience instead')
    expect(out).toContain('No sync needs “french”.')
    const french = await cli('segments', 'hygiene', '--lang', 'fr')
    expect(french.out).toMatch(/Aucune synchronisation n’a besoin de «\sfrench\s»\./)
  })
})

describe('splits on the command line', () => {
  it('are told to have no effect, before anything is in force, when a sync goes past them', async () => {
    await write('past', { ...split, name: 'past', segment: 'first-audience' })
    const { out, code } = await cli('validate')
    await rm(join(folder, 'manifests', 'past.json'))
    expect(code).toBe(0)
    expect(out).toContain(
      'first-audience-to-platform sends “first-audience” with the people whom the split “past” holds out.',
    )
    expect(out).toContain('Send an arm (past.…) instead')
  })

  it('are not drawn anew by a new name, and may be renamed with their salt', async () => {
    const rest = JSON.parse(await readFile(join(folder, 'manifests', 'algebra.json'), 'utf8')) as object[]
    const before = await json('segments', 'overlap', 'spring.a', 'spring.holdout')
    await write('algebra', ...rest.slice(0, 3), { ...split, name: 'summer' })
    expect(await json('plan')).toMatchObject({
      code: 'segment.split_reshuffled',
      exit: 78,
      repair: expect.stringContaining('"salt": "spring"') as unknown,
    })
    await write('algebra', ...rest.slice(0, 3), {
      ...split,
      name: 'summer',
      salt: 'spring',
      arms: [{ name: 'a', percent: 40 }],
      holdout: 60,
    })
    expect((await cli('plan')).out).toContain(
      'split summer: 10 % of its people change from a to holdout. A test that is under way',
    )
    await write('algebra', ...rest.slice(0, 3), { ...split, name: 'summer', salt: 'spring' })
    expect((await cli('apply', '--yes')).code).toBe(0)
    await cli('run')
    const after = await json('segments', 'overlap', 'summer.a', 'summer.holdout')
    expect(after['combinations']).toEqual(
      JSON.parse(JSON.stringify(before['combinations']).replaceAll('spring.', 'summer.')),
    )
  })
})

describe('affluent segments templates', () => {
  it('lists, shows and writes ready segments, and overwrites nothing', async () => {
    const { out } = await cli('segments', 'templates', '--lang', 'fr')
    expect(out).toMatch(/^lapsed +Clients inactifs +Ont déjà acheté/m)
    expect((await cli('segments', 'templates', 'lapsed')).out).toMatch(/^days +90 +Days without a purchase/m)
    const words = ['segments', 'templates', 'lapsed', '--set', 'event=order', '--set', 'days=60', '--write']
    expect((await cli(...words, '--lang', 'fr')).code).toBe(0)
    const text = await readFile(join(folder, 'manifests', 'segment-lapsed.json'), 'utf8')
    expect(JSON.parse(text)).toMatchObject({
      name: 'lapsed',
      title: 'Clients inactifs',
      description: 'Ont acheté, mais pas au cours des 60 derniers jours.',
    })
    const again = await json(...words)
    expect(again).toMatchObject({ code: 'usage.file_exists', exit: 64 })
    expect(await readFile(join(folder, 'manifests', 'segment-lapsed.json'), 'utf8')).toBe(text)
    expect(await json('segments', 'templates', 'lapsd')).toMatchObject({
      repair: 'Did you mean “lapsed”?',
    })
  })
})

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readFake1000 } from '../../support/labelled-records.ts'
import { runCli } from '../../support/run-cli.ts'

let folder = ''
const cli = (...words: string[]) => runCli(words, { cwd: folder })
const header = (kind: string, name: string) => ({ kind, version: 1, name })
const columns = ['first_name', 'surname', 'dob', 'city', 'email']
const otto = 'Ottoline,Kowalczyk,1971-03-09,London'

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'affluent-matching-'))
  await Promise.all(['data', 'manifests'].map((name) => mkdir(join(folder, name))))
  const { rows, matching } = await readFake1000()
  const people = rows.map((row, at) => [`r${at}`, ...columns.map((name) => row[name] ?? '')].join(','))
  const alike = [`a,${otto},otto@shop.example`, `b,${otto},оttо@shop.example`]
  await writeFile(
    join(folder, 'data', 'people.csv'),
    `${[['id', ...columns].join(','), ...people, ...alike].join('\n')}\n`,
  )
  const traits = columns.slice(0, 4)
  const manifests = [
    {
      ...header('connection', 'shop'),
      connector: 'files',
      config: { folder: 'data', streams: { people: { path: 'people.csv', format: 'csv', id: 'id' } } },
    },
    {
      ...header('profile_schema', 'main'),
      traits: Object.fromEntries(traits.map((name) => [name, { type: 'text' }])),
      identifiers: { email: { form: 'email' } },
    },
    {
      ...header('mapping', 'people'),
      connection: 'shop',
      stream: 'people',
      identifiers: { email: { from: 'email' } },
      traits: Object.fromEntries(traits.map((name) => [name, { from: name }])),
    },
    { ...header('sync', 'pull'), source: { connection: 'shop', stream: 'people' } },
    { ...header('identity', 'people'), matching: { ...matching, threshold: 0 } },
  ]
  await writeFile(join(folder, 'manifests', 'all.json'), JSON.stringify(manifests))
  await cli('apply', '--yes')
  await cli('run')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('affluent profiles', () => {
  it('lists the addresses that only look the same, which no run joined', async () => {
    const { out, err } = await cli('profiles', 'lookalikes')
    expect(out).toMatch(/^otto@shop\.example \(p_\d+\) · оttо@shop\.example \(p_\d+\)$/m)
    expect(err).toContain('never merged by themselves')
  })

  it('reviews a pair part by part, and keeps it apart for good when it is refused', async () => {
    const { out } = await cli('profiles', 'review', '--limit', '1000')
    const [, pair = ''] =
      /^(\d+-\d+) .*shop\/people\/a .*shop\/people\/b .*only look the same/m.exec(out) ?? []
    const why = (await cli('profiles', 'review', pair)).out
    expect(why).toMatch(/surname +kowalczyk +kowalczyk +the same +\+/)
    const [, total = ''] = /^Together ([+−][\d.,]+)/m.exec(why) ?? []
    const parts = [...why.matchAll(/([+−])(\d+(?:\.\d+)?)$/gm)].map(
      ([, sign, size]) => (sign === '+' ? 1 : -1) * Number(size),
    )
    expect(parts).toHaveLength(6)
    expect(why, 'nothing is certain').toContain('probability of 99.99 %')
    const told = Number(total.replace('−', '-'))
    expect(parts.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(told, 0)
    const refused = await cli('profiles', 'review', pair, '--refuse', '--lang', 'fr')
    expect([refused.code, refused.out]).toEqual([0, expect.stringContaining('✔')])
    const again = await cli('profiles', 'match', '--relearn')
    expect(again.out).toMatch(/records compared, .* likely pairs; the model was learned/)
    expect((await cli('profiles', 'review', '--limit', '1000')).out).not.toContain('shop/people/a ')
    expect((await cli('profiles', 'review', '1-999999', '--accept')).code).toBe(64)
    expect((await cli('profiles', 'review', '--accept')).code).toBe(64)
  })

  it('previews matching without a trace', async () => {
    const before = (await cli('quality', 'report', '--json')).out
    const preview = await cli('profiles', 'match', '--preview', '--lang', 'fr')
    expect(preview.out).toContain('Rien n’a été changé.')
    expect((await cli('quality', 'report', '--json')).out).toBe(before)
  })
})

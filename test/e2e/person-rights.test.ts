import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../support/run-cli.ts'
import { searchBytes } from '../support/search-bytes.ts'

const louis = 'louis.petit@petit-family.example'
const names = [louis, '+33199005678']

describe("a person's requests, command by command", () => {
  let parent = ''
  const shop = (): string => join(parent, 'shop')
  const data = (): string => join(shop(), '.affluent')
  const cli = (...words: string[]) => runCli(words, { cwd: shop() })
  const platform = () => readFile(join(shop(), 'example-platform.json'), 'utf8')

  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), 'affluent-rights-'))
    await runCli(['init', 'shop', '--yes', '--country', 'FR'], { cwd: parent })
    // An address whose domain is nobody else's, so that no part of it may be left.
    const file = join(shop(), 'data', 'contacts.csv')
    await writeFile(file, (await readFile(file, 'utf8')).replace('louis.petit@example.org', louis))
    await cli('apply', '--yes')
    await cli('run')
  })
  afterAll(() => rm(parent, { recursive: true, force: true }))

  it('exports everything into files that only their owner may read, and not twice into one folder', async () => {
    const exported = await cli('export', louis, '--out', '../louis')
    expect([exported.code, exported.err]).toEqual([0, ''])
    const files = await readdir(join(parent, 'louis'))
    expect(files).toEqual(
      expect.arrayContaining(['person.json', 'values.csv', 'recipients.csv', 'consents.csv']),
    )
    expect(await readFile(join(parent, 'louis', 'recipients.csv'), 'utf8')).toContain(
      'platform,list,First audience,applied',
    )
    expect((await cli('export', louis, '--out', '../louis')).code).toBe(64)
    expect((await cli('export', 'nobody@example.com', '--out', '../nobody')).code).toBe(1)
  })

  it('corrects a value against the file', async () => {
    expect((await cli('rectify', louis, 'first_name', 'Luis')).out).toContain('corrected')
    expect((await cli('rectify', louis, 'shoe_size', '43')).code).toBe(64)
    await cli('run')
    expect(await platform()).toContain('Luis')
  })

  it('keeps a restricted person off the platform until it is lifted', async () => {
    await cli('restrict', louis)
    await cli('run')
    expect(await platform()).not.toContain(louis)
    await cli('restrict', louis, '--lift')
    await cli('run')
    expect(await platform()).toContain(louis)
  })

  it('shows what an erasure would do, and does it only with --yes', async () => {
    const preview = await cli('erase', louis)
    expect(preview.code).toBe(0)
    expect(preview.out).toContain('Sent to platform (First audience)')
    expect(preview.out).toContain('Nothing was erased')
    expect(await platform()).toContain(louis)
    expect(searchBytes(data(), names)).not.toEqual([])
  })

  it('erases here, in every byte, and there, and says so without a name', async () => {
    const erased = await cli('erase', louis, '--yes', '--json')
    expect(erased.code).toBe(0)
    const receipt = JSON.parse(erased.out) as { request: string; state: string; destinations: object[] }
    expect(receipt).toMatchObject({
      state: 'done',
      destinations: [{ connection: 'platform', status: 'erased' }],
    })
    expect(await platform()).not.toContain(louis)
    expect(searchBytes(data(), names)).toEqual([])
    const status = await cli('erase', '--status', receipt.request.slice(0, 16))
    expect(status.out).toContain('erased everywhere')
    expect(`${status.out}${erased.out}`).not.toMatch(/louis/i)
    expect((await cli('audit', 'verify')).code).toBe(0)
  })

  it('brings nobody back with the old file', async () => {
    const file = join(shop(), 'data', 'contacts.csv')
    const text = await readFile(file, 'utf8')
    await writeFile(file, `${text.trimEnd()}\n99,${louis.toUpperCase()},,Louis,FR,yes\n`)
    expect((await cli('run')).code).toBe(0)
    expect((await cli('erase', louis)).code).toBe(1)
    expect(await platform()).not.toMatch(/louis/i)
    expect(searchBytes(data(), names)).toEqual([])
  })

  it('previews the retention that a manifest asks for', async () => {
    const manifest = { kind: 'retention', version: 1, name: 'keep', keep_days: { quarantine: 30 } }
    await writeFile(join(shop(), 'manifests', 'retention.json'), JSON.stringify(manifest))
    expect((await cli('apply', '--yes')).code).toBe(0)
    const preview = await cli('retention', '--preview')
    expect(preview.out).toMatch(/quarantine\s+30 days\s+0/)
    expect(preview.out).toMatch(/events\s+always\s+0/)
  })
})

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli, spawnCli } from '../support/run-cli.ts'

const sync = 'first-audience-to-platform'

describe('from nothing to a delivered list, command by command', () => {
  let folder = ''
  const shop = (): string => join(folder, 'shop')
  const cli = (...words: string[]) => runCli(words, { cwd: shop() })

  /** A copy of the workspace whose audit log somebody with the file in hand has changed. */
  const tamper = async (statement: string) => {
    const copy = join(folder, 'copy')
    await cp(shop(), copy, { recursive: true })
    const database = new DatabaseSync(join(copy, '.affluent', 'control.sqlite'))
    const triggers = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all()
    for (const { name } of triggers) database.exec(`DROP TRIGGER ${String(name)}`)
    database.exec(statement)
    database.close()
    const { code, out } = await runCli(['audit', 'verify'], { cwd: copy })
    await rm(copy, { recursive: true })
    return [code, out]
  }

  const broken = (file: string, change: (text: string) => string) =>
    readFile(join(shop(), 'manifests', file), 'utf8').then((text) =>
      writeFile(join(shop(), 'manifests', file), change(text)),
    )

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'affluent-e2e-'))
    await spawnCli(['init', 'shop', '--yes', '--country', 'FR'], { cwd: folder })
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('validates, plans to a file, and asks for a confirmation where nobody can give one', async () => {
    expect((await cli('validate')).out).toContain('7 manifests are valid')
    const plan = await cli('plan', '--out', 'plan.json', '--detailed-exitcode')
    expect(plan.code).toBe(2)
    expect(plan.out).toContain('+ sync first-audience-to-platform (create)')
    expect(plan.out).toContain('Nothing was pulled yet')
    const apply = await cli('apply')
    expect(apply.code).toBe(5)
    expect(apply.err).toContain('--yes')
    expect((await cli('run')).code, 'nothing is in force yet').toBe(78)
  })

  it('applies the saved plan, and refuses it once the world has moved', async () => {
    expect((await cli('apply', 'plan.json')).code).toBe(0)
    const again = await cli('apply', 'plan.json')
    expect(again.code).toBe(5)
    expect(again.err).toContain('moved on')
  })

  it('delivers the people of the sample file, then has nothing to send', async () => {
    const run = await spawnCli(['run', '--json'], { cwd: shop() })
    const first = JSON.parse(run.out) as Cycle
    expect(first).toMatchObject({ format: 1, type: 'cycle' })
    expect(first.runs.map(({ sync: name, counters }) => [name, counters.applied])).toEqual([
      ['pull-contacts', 0],
      [sync, 2],
    ])
    const second = JSON.parse((await cli('run', '--json')).out) as Cycle
    expect(second.runs.map(({ counters }) => [counters.planned, counters.calls])).toEqual([
      [0, 0],
      [0, 0],
    ])
  })

  it('explains a person typed sloppily, by phone, by id; one who refused; one who is elsewhere; nobody', async () => {
    const ask = async (person: string) => {
      const { code, out } = await cli('explain', person, sync, '--json')
      return [
        code,
        (JSON.parse(out) as { verdict?: string; code?: string }).verdict ?? out.match(/run\.\w+/)?.[0],
      ]
    }
    expect(await ask('  CAMILLE.durand@Example.COM ')).toEqual([0, 'delivered'])
    expect(await ask('01.99.00.12.34')).toEqual([0, 'delivered'])
    expect(await ask('p_1')).toEqual([0, 'delivered'])
    expect(await ask('ines.moreau@example.net')).toEqual([0, 'not_member'])
    expect(await ask('jane.smith@example.com')).toEqual([0, 'not_member'])
    expect(await ask('p_6')).toEqual([0, 'no_match_key'])
    expect(await ask('nobody@example.com')).toEqual([1, 'run.profile_unknown'])
    const typo = await cli('explain', 'p_1', 'first-audience-to-platfrom')
    expect([typo.code, typo.err]).toEqual([64, expect.stringContaining(`Did you mean “${sync}”?`)])
  })

  it('shows the state of every sync', async () => {
    const { out } = await cli('status')
    expect(out).toContain('8 profiles · 0 events · 8 source records')
    expect(out).toMatch(/pull-contacts +succeeded/)
  })

  it('proves its audit log, and names the first entry that somebody changed or cut off', async () => {
    expect((await cli('audit', 'verify')).out).toContain('intact')
    const changed = await tamper("UPDATE audit_entry SET actor = 'somebody else' WHERE number = 3")
    expect(changed).toEqual([1, expect.stringContaining('broken at entry 3: its content was changed')])
    const cut = await tamper('DELETE FROM audit_entry WHERE number >= 10')
    expect(cut).toEqual([1, expect.stringMatching(/broken at entry (9|10): entries .* are missing/)])
  })

  it('tells every fault of broken manifests at once, and changes nothing', async () => {
    await broken('segment-first-audience.json', (text) => text.replace('"trait"', '"triat"'))
    await broken('sync-first-audience.json', (text) => text.replace('"platform"', '"platfrom"'))
    await broken('mapping-contacts.json', (text) => text.replace('"stream"', '"strem"'))
    const apply = await cli('apply', '--yes')
    expect(apply.code).toBe(78)
    expect(apply.err).toMatch(/mapping-contacts\.json:\d+:\d+ unknown key “strem”/)
    expect(apply.err).toMatch(/segment-first-audience\.json:\d+:\d+ unknown key “triat”/)
    expect(apply.err).toMatch(/sync-first-audience\.json:\d+:\d+ .*“platfrom”/)
    const told = await cli('validate', '--json', '--lang', 'fr')
    expect(JSON.parse(told.out)).toMatchObject({
      format: 1,
      type: 'error',
      code: 'manifest.invalid',
      exit: 78,
    })
    expect(told.err).toBe('')
  })
})

interface Cycle {
  readonly runs: readonly {
    readonly sync: string
    readonly counters: { readonly planned: number; readonly applied: number; readonly calls: number }
  }[]
}

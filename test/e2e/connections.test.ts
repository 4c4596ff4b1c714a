import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../support/run-cli.ts'

let parent: string
let folder: string

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'affluent-connections-'))
  folder = join(parent, 'shop')
  // An absolute folder, from somewhere else.
  await runCli(['init', folder, '--country', 'FR', '--yes'], { cwd: tmpdir() })
})
afterAll(() => rm(parent, { recursive: true }))

const affluent = (...words: string[]) => runCli([...words, '--workspace', folder])

describe('affluent connections', () => {
  it('tests every connection, permission by permission', async () => {
    const { code, out } = await affluent('connections', 'test', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      type: 'connections',
      connections: [
        { connection: 'contacts', error: null },
        { connection: 'platform', error: null },
      ],
    })
  })

  it('says what to do about a connection that does not work, and ends with 4', async () => {
    const file = join(folder, 'manifests', 'connection-contacts.json')
    const manifest = await readFile(file, 'utf8')
    await writeFile(file, manifest.replace('contacts.csv', 'nowhere.csv'))
    const { code, out } = await affluent('connections', 'test', 'contacts')
    await writeFile(file, manifest)
    expect(code).toBe(4)
    expect(out).toContain('✖')
    expect(out).toContain('nowhere.csv')
  })

  it('refuses a connection or an action that is not there, naming those that are', async () => {
    expect(await affluent('connections', 'test', 'nobody')).toMatchObject({ code: 64 })
    await affluent('apply', '--yes')
    const { code, err } = await affluent('connections', 'action', 'nobody', 'anything')
    expect(code).toBe(64)
    expect(err).toContain('contacts, platform')
  })
})

describe('the starter', () => {
  it('takes people off again in a later process, because its platform keeps its lists in the workspace', async () => {
    await affluent('apply', '--yes')
    expect((await affluent('run')).out).toContain('succeeded')
    const contacts = join(folder, 'data', 'contacts.csv')
    await writeFile(contacts, (await readFile(contacts, 'utf8')).replace('France,yes', 'France,no'))
    const second = await affluent('run')
    expect(second.err + second.out).toContain('planned 1 = applied 1')
    expect(second.code).toBe(0)
  })
})

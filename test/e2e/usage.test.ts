import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { spawnCli } from '../support/run-cli.ts'

const bin = new URL('../../hub-server/bin/', import.meta.url).pathname
const packageFile = new URL('../../package.json', import.meta.url)

describe('the command line', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'affluent-e2e-'))
    await spawnCli(['init', 'shop', '--no-input'], { cwd: folder })
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('refuses what it does not know with a suggestion, in the language of the reader, with code 64', async () => {
    const [english, french, json] = await Promise.all([
      spawnCli(['vlidate']),
      spawnCli(['run', '--onlyy'], { env: { AFFLUENT_LANG: '', LANG: 'fr_FR.UTF-8' } }),
      spawnCli(['plan', '--limit', 'many', '--json', '--lang', 'fr'], { cwd: join(folder, 'shop') }),
    ])
    expect(english).toEqual({
      code: 64,
      out: '',
      err: '✖ there is no command “vlidate”\n  Did you mean “validate”?\n',
    })
    expect(french).toEqual({
      code: 64,
      out: '',
      err: '✖ l’option « --onlyy » n’existe pas ici\n  Vouliez-vous dire « --only » ?\n',
    })
    expect([json.code, json.err]).toEqual([64, ''])
    expect(JSON.parse(json.out)).toMatchObject({ format: 1, type: 'error', code: 'usage.wrong', exit: 64 })
  })

  it('helps in French from the first word to the last', async () => {
    const { code, out } = await spawnCli(['explain', '--help', '--lang', 'fr'])
    expect(code).toBe(0)
    expect(out).toMatch(/^Utilisation : affluent explain \[options\] <person> \[target\]\n/)
    expect(out).toContain('\nOptions de toutes les commandes :\n')
    expect(out).toContain('\nExemples :\n')
    expect(out).not.toMatch(/Usage|Arguments:|Options:|Show|Print/)
  })

  it('starts through a link from any folder', async () => {
    const link = join(folder, 'affluent')
    await symlink(join(bin, 'affluent.js'), link)
    const { stdout } = await promisify(execFile)(process.execPath, [link, '--version'], { cwd: tmpdir() })
    const { version } = JSON.parse(await readFile(packageFile, 'utf8')) as { version: string }
    expect(stdout).toBe(`${version}\n`)
  })

  it('completes commands and the names of a workspace in bash', async () => {
    const script = `
      affluent() { "$NODE" "$BIN/affluent.js" "$@"; }
      source <(affluent completion bash)
      ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _affluent; echo "\${COMPREPLY[*]}"; }
      ask affluent val
      ask affluent audit ''
      ask affluent explain p_1 fir
      ask affluent run --lang = f
      ask affluent plan --only pull-contacts,fir`
    const { stdout } = await promisify(execFile)('bash', ['-c', script], {
      cwd: join(folder, 'shop'),
      env: { ...process.env, NODE: process.execPath, BIN: bin },
    })
    expect(stdout.split('\n').slice(0, 5)).toEqual([
      'validate',
      'verify export person',
      'first-audience-to-platform first-audience',
      'fr',
      'pull-contacts,first-audience-to-platform',
    ])
  })
})

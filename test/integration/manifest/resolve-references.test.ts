import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseReference } from '../../../hub-server/manifest/reference.ts'
import { resolveReferences } from '../../../hub-server/manifest/resolve-references.ts'
import { createWorkspaceFolder } from '../../support/workspace-folder.ts'

describe('parseReference', () => {
  it.each([
    ['${env:NAME}', { kind: 'env', name: 'NAME' }],
    ['${env:NAME:-}', { kind: 'env', name: 'NAME', fallback: '' }],
    [
      '${env:NAME:-https://x.example:8080/y}',
      { kind: 'env', name: 'NAME', fallback: 'https://x.example:8080/y' },
    ],
    ['${file:secrets/token}', { kind: 'file', file: 'secrets/token' }],
    ['plain', undefined],
    ['$5 {a}', undefined],
    [' ${env:NAME}', 'partial'],
    ['${env:NAME}\n', 'partial'],
    ['a${env:NAME}', 'partial'],
    ['${env:NAME}${env:OTHER}', 'partial'],
    ['${env:1NAME}', 'partial'],
    ['${env:NA ME}', 'partial'],
    ['${vault:x}', 'partial'],
    ['${env:A:-${env:B}}', 'partial'],
    ['${file:}', 'partial'],
  ])('%j', (text, expected) => {
    expect(parseReference(text)).toEqual(expected)
  })
})

describe('resolveReferences', () => {
  it('fills in variables, defaults and files at any depth, and leaves other values alone', async () => {
    await using folder = await createWorkspaceFolder({
      'secrets/token': 'abc\n',
      'secrets/key.pem': 'a\nb\r\n',
    })
    const config = {
      a: '${env:SET}',
      b: '${env:EMPTY:-fallback}',
      c: ['${file:secrets/token}', { d: '${file:./secrets/key.pem}' }],
      e: 5,
      f: null,
    }
    const env = { SET: 'value', EMPTY: '' }
    expect(await resolveReferences(config, { env, folder: folder.path })).toEqual({
      a: 'value',
      b: 'fallback',
      c: ['abc', { d: 'a\nb' }],
      e: 5,
      f: null,
    })
    expect(config.a).toBe('${env:SET}')
  })

  it('does not resolve what a variable holds', async () => {
    const env = { A: '${env:B}', B: 'secret' }
    expect(await resolveReferences({ a: '${env:A}' }, { env, folder: '.' })).toEqual({ a: '${env:B}' })
  })

  it.each(['NOT_SET', 'EMPTY', '__proto__', 'toString'])(
    'names the variable %s that is not set',
    async (name) => {
      const resolving = resolveReferences({ a: `\${env:${name}}` }, { env: { EMPTY: '' }, folder: '.' })
      await expect(resolving).rejects.toMatchObject({
        code: 'manifest.reference_unresolved',
        params: { reference: `env:${name}`, reason: 'not_set' },
      })
    },
  )

  it('keeps files inside the workspace', async () => {
    await using outside = await createWorkspaceFolder({ 'secret.txt': 'secret' })
    await using folder = await createWorkspaceFolder({ 'inside.txt': 'x', 'big.txt': 'x'.repeat(70_000) })
    await symlink(join(outside.path, 'secret.txt'), join(folder.path, 'link.txt'))
    await symlink(outside.path, join(folder.path, 'linked'))
    await symlink(join(folder.path, 'loop'), join(folder.path, 'loop'))
    await mkdir(join(folder.path, 'sub'))
    await writeFile(join(folder.path, 'sub/..hidden'), 'fine')
    const reasonOf = async (file: string) => {
      try {
        return await resolveReferences({ a: `\${file:${file}}` }, { env: {}, folder: folder.path })
      } catch (error) {
        return (error as { params: { reason: string } }).params.reason
      }
    }
    expect(await reasonOf('../secret.txt')).toBe('outside_workspace')
    expect(await reasonOf('sub/../../secret.txt')).toBe('outside_workspace')
    expect(await reasonOf('..\\secret.txt')).toBe('outside_workspace')
    expect(await reasonOf(join(outside.path, 'secret.txt'))).toBe('outside_workspace')
    expect(await reasonOf('link.txt')).toBe('outside_workspace')
    expect(await reasonOf('linked/secret.txt')).toBe('outside_workspace')
    expect(await reasonOf('loop')).toBe('not_found')
    expect(await reasonOf('inside.txt/x')).toBe('not_found')
    expect(await reasonOf('nothing')).toBe('not_found')
    expect(await reasonOf('sub')).toBe('not_a_file')
    expect(await reasonOf('big.txt')).toBe('too_large')
    expect(await reasonOf('sub/..hidden')).toEqual({ a: 'fine' })
  })

  it.each(['AFFLUENT_SECRET_KEY', 'AFFLUENT_SMTP_URL', 'OTEL_EXPORTER_OTLP_HEADERS', 'affluent_x'])(
    'refuses the hub’s own variable %s, with a default too, whatever is allowed',
    async (name) => {
      for (const text of [`\${env:${name}}`, `\${env:${name}:-x}`]) {
        const env = { [name]: 'marked', AFFLUENT_MANIFEST_ENV: '*' }
        const refused = await resolveReferences({ a: text }, { env, folder: '.' }).catch((error) => error)
        expect(refused).toMatchObject({
          code: 'manifest.reference_refused',
          params: { reference: `env:${name}` },
        })
        expect(JSON.stringify(refused)).not.toContain('marked')
        expect(await resolveReferences({ a: text }, { env, folder: '.', isOwn: true })).toEqual({
          a: 'marked',
        })
      }
    },
  )

  it('refuses the hub’s own files, by links too', async () => {
    await using folder = await createWorkspaceFolder({
      '.affluent/secret.key': 'marked',
      '.env': 'TOKEN=marked',
      '.environment': 'fine',
      'data/.env': 'fine',
    })
    await symlink(join(folder.path, '.affluent'), join(folder.path, 'linked'))
    const resolve = (file: string) =>
      resolveReferences({ a: `\${file:${file}}` }, { env: {}, folder: folder.path })
    for (const file of ['.affluent/secret.key', './.affluent//secret.key', 'linked/secret.key', '.env'])
      await expect(resolve(file)).rejects.toMatchObject({ code: 'manifest.reference_refused' })
    for (const file of ['.environment', 'data/.env']) expect(await resolve(file)).toEqual({ a: 'fine' })
  })

  it('takes only the variables that AFFLUENT_MANIFEST_ENV lists, where it is set', async () => {
    const env = { META_TOKEN: 'a', METAL: 'b', HUBSPOT_TOKEN: 'c', HUBSPOT_TOKEN_2: 'd', HOME: 'e' }
    const taken = async (list: string): Promise<readonly string[]> => {
      const source = { env: { ...env, AFFLUENT_MANIFEST_ENV: list }, folder: '.' }
      const asked = Object.keys(env).map(async (name) => {
        const found = await resolveReferences({ a: `\${env:${name}}` }, source).catch(() => undefined)
        return found ? [name] : []
      })
      return (await Promise.all(asked)).flat()
    }
    expect(await taken('META_*, HUBSPOT_TOKEN')).toEqual(['META_TOKEN', 'HUBSPOT_TOKEN'])
    expect(await taken('NOTHING')).toEqual([])
    expect(await taken(' , ')).toEqual(Object.keys(env))
  })
})

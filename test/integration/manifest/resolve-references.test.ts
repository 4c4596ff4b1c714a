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
})

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { connectorSlugs } from '../../connectors/registry.ts'
import { errorCodes } from '../../core/errors/error-codes.ts'
import { allContracts } from '../../hub-server/api/contract/all-contracts.ts'
import { loggedFields } from '../../hub-server/telemetry/logger.ts'
import { readTree, repository } from './repository/read-tree.ts'
import { withoutComments } from './repository/source-text.ts'

const sources = [...readTree('core', 'connectors', 'hub-server', 'test')].filter(([path]) =>
  path.endsWith('.ts'),
)

const connectorFolders = readdirSync(join(repository, 'connectors'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'sandbox-kit')
  .map(({ name }) => name)
  .sort()

describe('files', () => {
  it('have names in kebab-case', () => {
    const wrong = sources.filter(
      ([path]) => !/^(?:\d{4}-)?[a-z0-9]+(?:-[a-z0-9]+)*(?:\.test|\.d)?\.ts$/.test(basename(path)),
    )
    expect(wrong.map(([path]) => path)).toEqual([])
  })

  it('are no drawers: named after what they hold', () => {
    const drawers = /^(?:index|utils?|helpers?|common|types|misc|shared)\.ts$/
    expect(sources.filter(([path]) => drawers.test(basename(path))).map(([path]) => path)).toEqual([])
  })
})

describe('connectors', () => {
  it('are all in the registry, and the registry names no other', () => {
    expect(connectorSlugs).toEqual(connectorFolders)
  })

  it.each(connectorFolders)('%s has a README and is under the conformance suite', (slug) => {
    expect(existsSync(join(repository, 'connectors', slug, 'README.md')), 'README.md').toBe(true)
    expect(
      existsSync(join(repository, 'test/conformance/connector', `${slug}.test.ts`)),
      'conformance test',
    ).toBe(true)
  })
})

describe('log lines', () => {
  const lines = sources
    .filter(([path]) => !path.startsWith('test/'))
    .flatMap(([path, source]) =>
      [
        ...withoutComments(source).matchAll(
          /\blogger\.(?:debug|info|warn|error)\(\s*(?<event>[^,)]+?)\s*(?:,\s*\{(?<fields>[^{}]*(?:\{[^{}]*\}[^{}]*)*)\}\s*,?\s*)?\)/g,
        ),
      ].map(({ groups }) => ({ path, event: groups?.['event'] ?? '', fields: groups?.['fields'] ?? '' })),
    )

  it('are found', () => {
    expect(lines.length).toBeGreaterThan(5)
  })

  it('are named by a subject and a past verb', () => {
    const wrong = lines.filter(
      ({ event, path }) => path !== 'hub-server/telemetry/logger.ts' && !/^'[a-z]+(?:_[a-z]+)+'$/.test(event),
    )
    expect(wrong).toEqual([])
  })

  it('carry only fields of the allow-list', () => {
    const names = lines.flatMap(({ path, fields }) =>
      [
        ...fields.replaceAll(/\{[^{}]*\}/g, '').matchAll(/(?:^|[,\n])\s*(?<name>[a-zA-Z_]\w*)\s*(?=[:,]|$)/g),
      ].map(({ groups }) => ({
        path,
        name: groups?.['name'] ?? '',
      })),
    )
    const allowed: readonly string[] = loggedFields
    expect(names.length).toBeGreaterThan(5)
    expect(names.filter(({ name }) => !allowed.includes(name))).toEqual([])
  })
})

describe('docs/api.md', () => {
  const text = readFileSync(join(repository, 'docs/api.md'), 'utf8')
  it('tells of every route, and of no other', () => {
    const rows = text.matchAll(/^\| `([A-Z]+ \/v1\/\S+)` +\| `([\w:]+)` +\| (.+?) +\|$/gm)
    const written = [...rows].map(([, route, permission, summary]) => `${route} ${permission} ${summary}`)
    const known = allContracts.map(
      ({ method, path, permission, summary }) => `${method} ${path} ${permission} ${summary}`,
    )
    expect(written).toEqual(known)
  })

  it('tells of every error code of the API with its status', () => {
    const written = [...text.matchAll(/^\| `(api\.\w+)` *\| (\d{3}) *\|/gm)].map(([, code, status]) => [
      code,
      Number(status),
    ])
    const known = Object.entries(errorCodes).filter(([code]) => code.startsWith('api.'))
    expect(written).toEqual(known.map(([code, { http }]) => [code, http]))
  })
})

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadConnector } from '../../../connectors/registry.ts'
import { manifestKinds } from '../../../core/manifest/parse-manifest.ts'
import { operatorNames } from '../../../core/segment/operator-names.ts'
import { validateRule } from '../../../core/segment/validate-rule.ts'
import { createSchemas } from '../../../hub-server/manifest/json-schemas.ts'
import { readWorkspace } from '../../../hub-server/manifest/read-workspace.ts'
import { createWorkspaceFolder } from '../../support/workspace-folder.ts'

const page = await readFile(join(import.meta.dirname, '../../../docs/manifests.md'), 'utf8')
/** The page that manifests.md leaves the rule language to. */
const language = await readFile(join(import.meta.dirname, '../../../docs/rule-language.md'), 'utf8')
const examples = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, example]) => example ?? '')

describe('docs/manifests.md', () => {
  it('has examples of every kind that form one valid workspace', async () => {
    await using folder = await createWorkspaceFolder(
      Object.fromEntries(examples.map((example, index) => [`manifests/${index}.json`, example])),
    )
    const connectors = await Promise.all(['files', 'meta'].map((slug) => loadConnector(slug)))
    const { documents } = await readWorkspace(folder.path, {
      env: { META_ACCESS_TOKEN: 'a token' },
      connectors: new Map(connectors.map((connector) => [connector.slug, connector])),
      checkRule: validateRule,
    })
    expect(new Set(documents.map(({ kind }) => kind))).toEqual(new Set(manifestKinds))
  })

  it('names every key of every kind and every operator', () => {
    const keys = manifestKinds.flatMap((kind) => keysOf(createSchemas().get(kind)))
    expect(keys.length).toBeGreaterThan(60)
    const missing = [...keys, ...operatorNames].filter(
      (key) => !new RegExp(`[\`"{ ]${RegExp.escape(key)}[\`"]`).test(page + language),
    )
    expect(missing).toEqual([])
  })
})

describe.each(['computed-traits.md', 'enrichment.md'])('docs/%s', (name) => {
  it('has examples that form a valid workspace', async () => {
    const text = await readFile(join(import.meta.dirname, '../../../docs', name), 'utf8')
    const [, example = ''] = /```json\n(.*?)```/s.exec(text) ?? []
    await using folder = await createWorkspaceFolder({ 'manifests/example.json': example })
    const checks = { env: {}, connectors: new Map(), checkRule: validateRule }
    await expect(readWorkspace(folder.path, checks)).resolves.toHaveProperty('workspace')
  })
})

/** Keys of all objects that a schema describes. A property may itself be called "properties". */
function keysOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  return Object.entries(schema).flatMap(([keyword, value]: [string, unknown]) => {
    if (keyword !== 'properties' || typeof value !== 'object' || value === null) return keysOf(value)
    return Object.entries(value).flatMap(([key, property]) => [key, ...keysOf(property)])
  })
}

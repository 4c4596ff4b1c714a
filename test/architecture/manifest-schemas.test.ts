import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { loadAllConnectors } from '../../connectors/registry.ts'
import { createSchemas, formatSchema } from '../../hub-server/manifest/json-schemas.ts'

const manifests = join(import.meta.dirname, '../../manifests')
const schemas = createSchemas(await loadAllConnectors())

type Node = Readonly<Record<string, unknown>>
const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Every property of a schema, wherever it stands, as "place: has a description". */
function properties(schema: unknown, root: Node, place: string): { place: string; described: boolean }[] {
  if (Array.isArray(schema))
    return schema.flatMap((item, index) => properties(item, root, `${place}/${index}`))
  if (!isNode(schema)) return []
  return Object.entries(schema).flatMap(([key, value]) => {
    if (key !== 'properties' || !isNode(value)) return properties(value, root, `${place}/${key}`)
    return Object.entries(value).flatMap(([name, property]) => [
      { place: `${place}/${name}`, described: isDescribed(property, root) },
      ...properties(property, root, `${place}/${name}`),
    ])
  })
}

function isDescribed(property: unknown, root: Node): boolean {
  if (!isNode(property)) return false
  if (typeof property['description'] === 'string') return true
  const reference = property['$ref']
  if (typeof reference !== 'string') return false
  const target = reference
    .split('/')
    .slice(1)
    .reduce<unknown>((at, key) => (isNode(at) ? at[key] : undefined), root)
  return isDescribed(target, root)
}

describe('manifests/schemas', () => {
  it.each([...schemas])(
    '%s: the committed file is current (npm run schemas writes it)',
    async (name, schema) => {
      expect(await readFile(join(manifests, 'schemas', `${name}.schema.json`), 'utf8')).toBe(
        formatSchema(schema),
      )
    },
  )

  it('holds no file that is not written', async () => {
    const files = await readdir(join(manifests, 'schemas'))
    expect(files.sort()).toEqual([...schemas.keys()].map((name) => `${name}.schema.json`).sort())
  })

  it.each([...schemas])('%s: is draft-07 and describes every property', (_name, schema) => {
    expect(schema['$schema']).toBe('http://json-schema.org/draft-07/schema#')
    const found = properties(schema, schema, '')
    expect(found.length).toBeGreaterThan(5)
    expect(found.filter(({ described }) => !described)).toEqual([])
  })

  it.each([...schemas])('%s: every reference inside it leads somewhere', (_name, schema) => {
    const references = [...JSON.stringify(schema).matchAll(/"\$ref":"#\/definitions\/([^"]+)"/g)].map(
      ([, name]) => name,
    )
    const definitions = isNode(schema['definitions']) ? Object.keys(schema['definitions']) : []
    expect(references.filter((name) => !definitions.includes(name ?? ''))).toEqual([])
  })

  it('takes secrets as references only, and never prints a mark that editors do not know', () => {
    const text = JSON.stringify(schemas.get('connection'))
    expect(text).toContain('"writeOnly":true')
    expect(text).not.toContain('"secret":true')
  })
})

describe('manifests/demo and manifests/templates', () => {
  const asEditorsSeeIt = z.fromJSONSchema({ ...schemas.get('manifest') })

  it.each(['demo', 'templates/starter'])('%s: every manifest fits the JSON Schema', async (workspace) => {
    const folder = join(manifests, workspace, 'manifests')
    for (const file of await readdir(folder)) {
      const document: unknown = JSON.parse(await readFile(join(folder, file), 'utf8'))
      expect([file, asEditorsSeeIt.safeParse(document).error?.issues]).toEqual([file, undefined])
    }
  })

  it('the JSON Schema refuses what is wrong', () => {
    const wrong = { kind: 'connection', version: 1, name: 'x', connector: 'files', colour: 'red' }
    expect(asEditorsSeeIt.safeParse(wrong).success).toBe(false)
  })

  it.each(['demo', 'templates/starter'])(
    '%s: $schema leads to the schemas of the project',
    async (workspace) => {
      const folder = join(manifests, workspace, 'manifests')
      const files = await readdir(folder)
      expect(files.length).toBeGreaterThan(5)
      for (const file of files) {
        const document = JSON.parse(await readFile(join(folder, file), 'utf8')) as { $schema: string }
        const first = join(folder, document.$schema)
        const { $ref } = JSON.parse(await readFile(first, 'utf8')) as { $ref: string }
        expect(join(first, '..', $ref)).toBe(join(manifests, 'schemas/manifest.schema.json'))
      }
    },
  )
})

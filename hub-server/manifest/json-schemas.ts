import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { loadAllConnectors } from '../../connectors/registry.ts'
import type { Connector } from '../../core/connector/connector.ts'
import { manifestKinds, manifestSchemas } from '../../core/manifest/parse-manifest.ts'
import { allowReferences, type JsonSchema } from './allow-references.ts'

const draft = 'http://json-schema.org/draft-07/schema#'

/**
 * JSON Schemas by name: one per kind, and "manifest" for a file of any kind or a list of them. Draft-07, because editors complete
 * newer drafts badly. With connectors, a connection's `config` is completed by the connector it names.
 */
export function createSchemas(connectors: readonly Connector[] = []): ReadonlyMap<string, JsonSchema> {
  const kinds = manifestKinds.map((kind): [string, JsonSchema] => {
    const schema = toSchema(manifestSchemas[kind])
    return [kind, kind === 'connection' ? withConfigs(schema, connectors) : schema]
  })
  return new Map([...kinds, ['manifest', joinKinds(kinds)]])
}

/** Writes `<name>.schema.json` for each schema and returns the paths. The folder is made when it is not there. */
export async function writeSchemas(folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true })
  const written: string[] = []
  for (const [name, schema] of createSchemas(await loadAllConnectors())) {
    const file = join(folder, `${name}.schema.json`)
    await writeFile(file, formatSchema(schema))
    written.push(file)
  }
  return written
}

/** The text of a schema file. */
export function formatSchema(schema: JsonSchema): string {
  return `${JSON.stringify(schema, null, 2)}\n`
}

function toSchema(schema: z.ZodType): JsonSchema {
  return { ...z.toJSONSchema(schema, { target: 'draft-7', io: 'input' }) }
}

/** One shape per connector: it names the connector, and `config` must be what that one asks for. */
function withConfigs(schema: JsonSchema, connectors: readonly Connector[]): JsonSchema {
  if (connectors.length === 0) return schema
  const { $schema: _draft, definitions: _anyConfig, ...shape } = schema
  const properties = shapeProperties.parse(shape['properties'])
  const oneOf = connectors.map((connector) => {
    const { $schema: _own, ...config } = allowReferences(toSchema(connector.config))
    const isNeeded = !connector.config.safeParse({}).success
    const required = ['kind', 'version', 'name', 'connector', ...(isNeeded ? ['config'] : [])]
    return {
      ...shape,
      properties: {
        ...properties,
        connector: { ...properties['connector'], const: connector.slug },
        config: { description: `Settings of ${connector.title}.`, ...config },
      },
      required,
    }
  })
  return { $schema: draft, oneOf }
}

/** Definitions of all kinds live side by side, so those a kind brings along get its name in front. */
function joinKinds(kinds: readonly (readonly [string, JsonSchema])[]): JsonSchema {
  const definitions: Record<string, JsonSchema> = {}
  for (const [kind, schema] of kinds) {
    const { $schema: _draft, definitions: own, ...rest } = withPrefix(kind, schema)
    definitions[kind] = rest
    for (const [name, definition] of Object.entries(ownDefinitions.parse(own ?? {})))
      definitions[`${kind}_${name}`] = definition
  }
  const one = kinds.map(([kind]) => ({ $ref: `#/definitions/${kind}` }))
  return {
    $schema: draft,
    title: 'Affluent manifest: one object, or a list of several',
    oneOf: [...one, { type: 'array', items: { oneOf: one } }],
    definitions,
  }
}

const jsonSchema = z.record(z.string(), z.unknown())
const ownDefinitions = z.record(z.string(), jsonSchema)
const shapeProperties = z.record(z.string(), jsonSchema)

function withPrefix(kind: string, schema: JsonSchema): JsonSchema {
  const text = JSON.stringify(schema).replaceAll('"#/definitions/', `"#/definitions/${kind}_`)
  return jsonSchema.parse(JSON.parse(text))
}

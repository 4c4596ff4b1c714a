/** A JSON Schema, draft-07. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** `${env:NAME}`, `${env:NAME:-default}` or `${file:PATH}`, whole. */
const reference = {
  type: 'string',
  pattern: '^\\$\\{(env:[A-Za-z_][A-Za-z0-9_]*(:-[^{}]*)?|file:[^{}]+)\\}$',
  description: 'A reference that is looked up when it is needed.',
}

/** The same without default, which would be a secret in plain sight. */
const secretReference = {
  type: 'string',
  pattern: '^\\$\\{(env:[A-Za-z_][A-Za-z0-9_]*|file:[^{}]+)\\}$',
  writeOnly: true,
}

/** Keywords about the text itself, which a reference does not fulfil. */
const textKeywords = ['pattern', 'format', 'minLength', 'maxLength', 'enum', 'const']

/** Rewrites the schema of a `config` so that each single value may be a reference, and a secret must be one. */
export function allowReferences(schema: JsonSchema): JsonSchema {
  const { secret, ...plain } = schema
  const annotations = pick(plain, ['description', 'default', 'title'])
  if (secret === true) return { ...secretReference, ...annotations }
  if (isConstrainedValue(plain)) {
    const rest = Object.fromEntries(Object.entries(plain).filter(([key]) => !(key in annotations)))
    return { ...annotations, anyOf: [rest, reference] }
  }
  return Object.fromEntries(Object.entries(plain).map(([key, value]) => [key, rewrite(key, value)]))
}

function rewrite(key: string, value: unknown): unknown {
  if (key === 'properties' || key === 'definitions') return mapValues(value)
  if (key === 'additionalProperties' || key === 'items')
    return isSchema(value) ? allowReferences(value) : value
  if (!['anyOf', 'oneOf', 'allOf'].includes(key) || !Array.isArray(value)) return value
  return value.map((branch: unknown) => (isSchema(branch) ? allowReferences(branch) : branch))
}

function mapValues(value: unknown): unknown {
  if (!isSchema(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, schema]) => [
      name,
      isSchema(schema) ? allowReferences(schema) : schema,
    ]),
  )
}

function isConstrainedValue(schema: JsonSchema): boolean {
  if (schema['type'] === 'string') return textKeywords.some((keyword) => keyword in schema)
  return ['number', 'integer', 'boolean'].some((type) => type === schema['type'])
}

function pick(schema: JsonSchema, keys: readonly string[]): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => keys.includes(key)))
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

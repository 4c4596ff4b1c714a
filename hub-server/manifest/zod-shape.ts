import { z } from 'zod'

/** Any schema of zod, as its core types it. */
export type Schema = z.core.$ZodType

/** Takes off the layers that do not change a value's shape on input: optional, default, nullable, pipe, lazy. */
export function unwrapSchema(schema: Schema): Schema {
  let current = schema
  for (let inner = innerSchema(current); inner; inner = innerSchema(current)) current = inner
  return current
}

function innerSchema(schema: Schema): Schema | undefined {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodReadonly ||
    schema instanceof z.ZodCatch ||
    schema instanceof z.ZodNonOptional
  )
    return schema.def.innerType
  if (schema instanceof z.ZodPipe) return pipeInput(schema.def)
  return schema instanceof z.ZodLazy ? schema.def.getter() : undefined
}

/** `z.preprocess` is a pipe whose input side is only a function: the shape people write is on its output side. */
function pipeInput({ in: input, out: output }: { in: Schema; out: Schema }): Schema {
  return input instanceof z.ZodTransform ? output : input
}

/** The schema under one key or list position; undefined where the schema does not know it. */
export function childSchema(schema: Schema, key: string | number): Schema | undefined {
  const shape = unwrapSchema(schema)
  if (shape instanceof z.ZodObject) return Object.hasOwn(shape.shape, key) ? shape.shape[key] : undefined
  if (shape instanceof z.ZodArray) return shape.def.element
  if (shape instanceof z.ZodRecord) return shape.def.valueType
  if (shape instanceof z.ZodUnion)
    return shape.def.options.map((option) => childSchema(option, key)).find((child) => child !== undefined)
  return undefined
}

/** The schema at the end of a path. */
export function schemaAt(schema: Schema | undefined, path: readonly (string | number)[]): Schema | undefined {
  return path.reduce<Schema | undefined>((at, key) => at && childSchema(at, key), schema)
}

/** The keys an object schema knows; of a union, those of all branches. */
export function knownKeys(schema: Schema | undefined): string[] {
  if (!schema) return []
  const shape = unwrapSchema(schema)
  if (shape instanceof z.ZodObject) return Object.keys(shape.shape)
  if (shape instanceof z.ZodUnion)
    return [...new Set(shape.def.options.flatMap((option) => knownKeys(option)))]
  return []
}

/** The branches of a union schema. */
export function unionBranches(schema: Schema | undefined): readonly Schema[] {
  const shape = schema && unwrapSchema(schema)
  return shape instanceof z.ZodUnion ? shape.def.options : []
}

/** True when this schema, or a layer of it, is marked with `secret()`. */
export function isSecretSchema(schema: Schema): boolean {
  let current: Schema | undefined = schema
  while (current) {
    if (z.globalRegistry.get(current)?.['secret'] === true) return true
    current = innerSchema(current)
  }
  return false
}

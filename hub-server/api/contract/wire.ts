import { z } from 'zod'

/** A schema per field of `T`, optional ones included: a field of the type that the contract forgets does not compile. */
type FieldsOf<T> = { readonly [Key in keyof T]-?: z.ZodType<T[Key]> }

/**
 * An object of the API: on the wire its fields are snake_case and nothing else is let through; in the program it is a `T`. Nested objects
 * are contracts of their own, so that keys which are data (names of traits) stay as they are.
 */
export function wire<T extends object>(fields: FieldsOf<T>): z.ZodType<T, Record<string, unknown>> {
  const toWire = new Map<string, string>()
  const toProgram = new Map<string, string>()
  const shape: Record<string, z.ZodType> = {}
  for (const [name, schema] of Object.entries<z.ZodType>(fields)) {
    const wireName = toSnakeCase(name)
    toWire.set(name, wireName)
    toProgram.set(wireName, name)
    shape[wireName] = schema
  }
  const program = z.custom<T>((value) => typeof value === 'object' && value !== null)
  return z.codec(z.strictObject(shape), program, {
    decode: (given) => program.parse(rename(given, toProgram)),
    // What the type does not name stays here, whatever the object at hand carries besides.
    encode: (value) => rename(onlyNamed(value, toWire), toWire),
  })
}

const toSnakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** Numbers by name, where the names are the program's own: snake_case on the wire. */
export const namedCounts: z.ZodType<Readonly<Record<string, number>>, Record<string, number>> = z.codec(
  z.record(z.string(), z.number()),
  z.record(z.string(), z.number()),
  { decode: (told) => renameAll(told, toCamelCase), encode: (counts) => renameAll(counts, toSnakeCase) },
)

const toCamelCase = (name: string): string =>
  name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase())

const renameAll = (
  counts: Readonly<Record<string, number>>,
  toName: (name: string) => string,
): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).map(([name, count]) => [toName(name), count]))

const onlyNamed = (object: object, names: ReadonlyMap<string, string>): object =>
  Object.fromEntries(Object.entries(object).filter(([name]) => names.has(name)))

function rename(object: object, names: ReadonlyMap<string, string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [names.get(name) ?? name, value]))
}

/** An instant: ISO 8601 in UTC on the wire, epoch milliseconds in the program. */
export const instant: z.ZodType<number, string> = z.codec(z.iso.datetime(), z.number(), {
  decode: (text) => Date.parse(text),
  encode: (epochMs) => new Date(epochMs).toISOString(),
})

/**
 * Whole numbers of a query, where everything is text.
 */
export function wholeNumber(from: number, to: number): z.ZodType<number, string> {
  const text = z.string().regex(/^\d{1,12}$/)
  return z.codec(text, z.int().min(from).max(to), { decode: Number, encode: String })
}

/** Yes or no in a query. */
export const flag: z.ZodType<boolean, string> = z.codec(z.enum(['true', 'false']), z.boolean(), {
  decode: (text) => text === 'true',
  encode: (is) => (is ? 'true' : 'false'),
})

/** JSON that is handed on as it is: what a manifest, a rule or a person's record holds. `about` says which. */
export function asIs<T>(about: string): z.ZodType<T> {
  return z.custom<T>((value) => value !== undefined).meta({ description: about })
}

/** Nothing: requests without parameters, answers without content. */
export const nothing: z.ZodType<object, Record<string, unknown>> = wire<object>({})

/** Name of a manifest, a connection, a run … as part of an address or a query. */
export const nameText: z.ZodString = z.string().min(1).max(64)

/** A person as people name them: a profile id or an identifier. Never part of an address. */
export const personText: z.ZodString = z.string().min(1).max(320)

/** Page of a list: how much, and where to go on. */
export const pageQuery = {
  limit: wholeNumber(1, 500).exactOptional(),
  cursor: z.string().min(1).max(1024).exactOptional(),
}
export interface PageQuery {
  /** Entries a page, 1 to 500; 50 where it is not said. */
  readonly limit?: number
  /** `next_cursor` of the page before. */
  readonly cursor?: string
}

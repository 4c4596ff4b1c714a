import { isDeepStrictEqual } from 'node:util'
import protobuf from 'protobufjs'

/** Every name in the JSON that the message does not have. */
export function unknownNames(type: protobuf.Type, json: unknown, path = ''): string[] {
  if (typeof json !== 'object' || json === null) return []
  return Object.entries(json).flatMap(([name, value]) => {
    const field = type.fields[name]
    if (!field) return [`${path}${name}`]
    field.resolve()
    const inner = field.resolvedType
    if (!(inner instanceof protobuf.Type)) return []
    const values: unknown[] = Array.isArray(value) ? value : [value]
    return values.flatMap((each) => unknownNames(inner, each, `${path}${name}.`))
  })
}

/** What is wrong with a message, written as JSON, by the published protos; nothing is the right answer. */
export function faultsOfMessage(type: protobuf.Type, json: object): unknown[] {
  const message = type.fromObject(json)
  const back: unknown = type.toObject(message, { enums: String, longs: String })
  // Enums that are not known become 0, which JSON does not write: what comes back is then something else.
  const changed = isDeepStrictEqual(back, structuredClone(json)) ? [] : [back]
  const refused = type.verify(message)
  return [...unknownNames(type, json), ...(refused === null ? [] : [refused]), ...changed]
}

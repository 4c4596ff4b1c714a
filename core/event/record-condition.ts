import type { MappingManifest } from '../manifest/manifest.ts'
import type { JsonObject, JsonValue } from '../port/json.ts'
import { createFieldReader, isEmpty } from '../profile/read-field.ts'

type Condition = MappingManifest['events'][number]['where'][number]
type Compare = (text: string, wanted: string) => boolean

const comparisons: Readonly<Record<Exclude<Condition['op'], 'present' | 'absent'>, Compare>> = {
  equals: (text, wanted) => text === wanted,
  not_equals: (text, wanted) => text !== wanted,
  starts_with: (text, wanted) => text.startsWith(wanted),
  not_starts_with: (text, wanted) => !text.startsWith(wanted),
}

/** Binds the conditions of an event mapping: true for the source records of which all hold. An absent field compares as "". */
export function createRecordFilter(conditions: readonly Condition[]): (fields: JsonObject) => boolean {
  const tests = conditions.map(bindCondition)
  return (fields) => tests.every((test) => test(fields))
}

function bindCondition(condition: Condition): (fields: JsonObject) => boolean {
  const read = createFieldReader(condition.from)
  const { op, value = '' } = condition
  if (op === 'present') return (fields) => !isEmpty(read(fields))
  if (op === 'absent') return (fields) => isEmpty(read(fields))
  const compare = comparisons[op]
  return (fields) => compare(toComparedText(read(fields)), value)
}

function toComparedText(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

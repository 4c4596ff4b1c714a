import type { JsonValue } from '../port/json.ts'

/** Why a piece of JSON is not taken: nested too deeply, a name that reaches JavaScript's prototypes, text that is no Unicode. */
export type Hostility = 'too_deep' | 'prototype_key' | 'not_unicode'

/** Deeper than any event that people make; well below what recursive code that reads it later can take. */
const mostLevels = 32

interface Place {
  readonly value: JsonValue
  readonly level: number
  /** The value hangs on a key of this name. */
  readonly key: string
}

/** Looks through a value without recursion, so that no nesting can break it. Undefined: there is nothing wrong with it. */
export function findHostility(root: JsonValue): Hostility | undefined {
  const open: Place[] = [{ value: root, level: 1, key: '' }]
  for (let place = open.pop(); place; place = open.pop()) {
    const { value, level, key } = place
    if (typeof value === 'string' && !value.isWellFormed()) return 'not_unicode'
    if (typeof value !== 'object' || value === null) continue
    if (level > mostLevels) return 'too_deep'
    for (const [name, child] of Object.entries(value)) {
      const fault = judgeName(name, key)
      if (fault) return fault
      open.push({ value: child, level: level + 1, key: name })
    }
  }
  return undefined
}

/** "constructor" alone is a word like another (of racing cars); with "prototype" below it is the way to all objects. */
function judgeName(name: string, parent: string): Hostility | undefined {
  if (name === '__proto__' || (name === 'prototype' && parent === 'constructor')) return 'prototype_key'
  return name.isWellFormed() ? undefined : 'not_unicode'
}

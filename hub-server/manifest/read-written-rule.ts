import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { ManifestKind } from '../../core/manifest/manifest.ts'
import type { JsonObject } from '../../core/port/json.ts'
import { readRuleText } from '../../core/segment/text/parse-rule-text.ts'
import type { ManifestFault, PathFault } from './manifest-fault.ts'

type Locate = (fault: PathFault) => ManifestFault

interface WrittenRule {
  /** The object, its rule as data. */
  readonly value: Readonly<Record<string, unknown>>
  readonly faults: readonly PathFault[]
  /** Faults inside a rule that was written as text are shown in the text. */
  readonly locateIn: (locate: Locate) => Locate
}

/** Reads a segment's rule where it is written as text. */
export function readWrittenRule(kind: ManifestKind, object: JsonObject): WrittenRule {
  const text = object['rule']
  if (kind !== 'segment' || typeof text !== 'string')
    return { value: object, faults: [], locateIn: (locate) => locate }
  try {
    const { rule, spanOf } = readRuleText(text)
    const withOffset = (fault: PathFault): PathFault =>
      fault.path[0] === 'rule' && fault.offset === undefined
        ? { ...fault, offset: spanOf(fault.path.slice(1)).start }
        : fault
    return {
      value: { ...object, rule },
      faults: [],
      locateIn: (locate) => (fault) => locate(withOffset(fault)),
    }
  } catch (error) {
    if (!(error instanceof AffluentError)) throw error
    const { code, params } = error
    const fault = { path: ['rule'], code, params, offset: Number(params['offset'] ?? 0) }
    return { value: object, faults: [fault], locateIn: (locate) => locate }
  }
}

import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Rule } from '../../core/segment/rule.ts'
import { readRuleText } from '../../core/segment/text/parse-rule-text.ts'
import { validateRule, type RuleContext } from '../../core/segment/validate-rule.ts'
import { createLineIndex } from './line-index.ts'
import { formatPath, ManifestFaults, type ManifestFault, type PathFault } from './manifest-fault.ts'
import { parseJson } from './parse-json.ts'
import { parseManifestFile, type LoadedManifest } from './parse-manifest-file.ts'
import { scanBounds } from './scan-bounds.ts'

/** A segment's rule that is not in force, with the name it is known by: that of its manifest, else "#draft", which no segment has. */
export interface Draft {
  readonly name: string
  readonly rule: Rule
}

/** What a draft is written in ("segment.json", "--rule"), for messages. */
interface Written {
  readonly file: string
  readonly text: string
}

const noName = '#draft'

/**
 * Reads and checks a rule against what is in force: a segment manifest, a rule as JSON, or a rule as text. Throws `ManifestFaults` with
 * every fault and its place, `segment.text_invalid`, and `usage.wrong` for a file of another kind.
 */
export function parseDraft(written: Written, context: Omit<RuleContext, 'name'>): Draft {
  const isJson = /^\s*[{[]/.test(written.text)
  return isJson ? parseJsonDraft(written, context) : parseTextDraft(written, context)
}

function parseTextDraft({ file, text }: Written, context: Omit<RuleContext, 'name'>): Draft {
  const { rule, spanOf } = readRuleText(text)
  const position = createLineIndex(text)
  refuse(
    validateRule(rule, { ...context, name: noName }).map(({ path, code, params }) => ({
      file,
      ...position(spanOf(path).start),
      path: formatPath(path),
      code,
      params,
    })),
  )
  return { name: noName, rule }
}

const before = `{"kind":"segment","version":1,"name":"draft","rule":`

/** A rule alone becomes the rule of a manifest, and its places are those of the text that was given. */
function parseJsonDraft({ file, text }: Written, context: Omit<RuleContext, 'name'>): Draft {
  const isAlone = isRuleAlone(text)
  const parsed = parseManifestFile(file, new TextEncoder().encode(isAlone ? `${before}${text}}` : text))
  const toGiven = (fault: ManifestFault): ManifestFault =>
    isAlone && fault.line === 1 ? { ...fault, column: Math.max(1, fault.column - before.length) } : fault
  refuse(parsed.faults.map(toGiven))
  const { manifest, locate } = onlySegment(file, parsed.loaded)
  const name = isAlone ? noName : manifest.name
  const place = (fault: PathFault): ManifestFault =>
    toGiven(locate({ ...fault, path: ['rule', ...fault.path] }))
  const segments = isAlone ? context.segments : new Map([...context.segments, [name, manifest.rule]])
  refuse(validateRule(manifest.rule, { ...context, segments, name }).map(place))
  return { name, rule: manifest.rule }
}

/** An object that does not say its kind. What cannot be read is left to the reader of manifests to refuse. */
function isRuleAlone(text: string): boolean {
  if (scanBounds(text)) return false
  const { value } = parseJson(text)
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !Object.hasOwn(value, 'kind')
}

function onlySegment(
  file: string,
  loaded: readonly LoadedManifest[],
): { readonly manifest: Draft; readonly locate: LoadedManifest['locate'] } {
  const segments = loaded.flatMap(({ manifest, locate }) =>
    manifest?.kind === 'segment' ? [{ manifest, locate }] : [],
  )
  const [only, ...others] = segments
  if (only && others.length === 0) return only
  throw new AffluentError('usage.wrong', { act: 'reading a rule', value: file, expected: 'kind: segment' })
}

function refuse(faults: readonly ManifestFault[]): void {
  if (faults.length > 0) throw new ManifestFaults(faults)
}

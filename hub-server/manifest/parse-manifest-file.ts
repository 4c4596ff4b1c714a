import type { Manifest, ManifestKind } from '../../core/manifest/manifest.ts'
import { isManifestKind, manifestKinds, manifestSchemas } from '../../core/manifest/parse-manifest.ts'
import type { JsonValue } from '../../core/port/json.ts'
import { isJsonObject } from '../../core/profile/read-field.ts'
import { decodeText } from './decode-text.ts'
import { describeFound, listLiterals } from './describe-expected.ts'
import { createLineIndex, type TextPosition } from './line-index.ts'
import { toDocument, type ManifestDocument } from './manifest-document.ts'
import { formatPath, type ManifestFault, type ManifestPath, type PathFault } from './manifest-fault.ts'
import { createNodeFinder, type FindNode } from './node-finder.ts'
import { parseJson } from './parse-json.ts'
import { checkPlainTexts } from './plain-texts.ts'
import { readWrittenRule } from './read-written-rule.ts'
import { checkRuleBounds } from './rule-bounds.ts'
import { scanBounds } from './scan-bounds.ts'
import { suggestName } from './suggest-name.ts'
import { toPathFaults } from './zod-faults.ts'

/** One object of a file, with the way back to its lines. `manifest` is missing when the object itself is faulty. */
export interface LoadedManifest {
  readonly kind: ManifestKind
  readonly name: string
  readonly file: string
  readonly manifest: Manifest | undefined
  readonly document: ManifestDocument | undefined
  readonly locate: (fault: PathFault) => ManifestFault
}

export interface ParsedFile {
  readonly loaded: readonly LoadedManifest[]
  readonly faults: readonly ManifestFault[]
  /** False when an object of the file could not be read at all, so that nobody knows what it would have declared. */
  readonly isReadable: boolean
}

/** Reads one manifest file: bounds first, then JSON, then each object against the schema of its kind. */
export function parseManifestFile(file: string, bytes: Uint8Array): ParsedFile {
  const decoded = decodeText(bytes)
  if ('problem' in decoded) {
    const params = { problem: decoded.problem }
    return onlyFault({ file, line: decoded.line, column: 1, path: '', code: 'manifest.not_json', params })
  }
  const position = createLineIndex(decoded.text)
  const bound = scanBounds(decoded.text)
  if (bound) {
    const { code, offset, limit, found } = bound
    return onlyFault({ file, ...position(offset), path: '', code, params: { limit, found } })
  }
  const { value, root, faults } = parseJson(decoded.text)
  const textFaults = faults.map(({ offset, code, params }) => ({
    file,
    ...position(offset),
    path: '',
    code,
    params,
  }))
  if (value === undefined || !root) return { loaded: [], faults: textFaults, isReadable: false }
  const find = createNodeFinder(root)
  const objects = (Array.isArray(value) ? value : [value]).map((object: JsonValue, index) => {
    const prefix = Array.isArray(value) ? [index] : []
    const locate = createLocator({ file, text: decoded.text, find, position }, prefix)
    return parseObject(object, { file, locate })
  })
  return {
    loaded: objects.flatMap((object) => object.loaded),
    faults: [...textFaults, ...objects.flatMap((object) => object.faults)],
    isReadable: objects.every((object) => object.isReadable),
  }
}

function onlyFault(fault: ManifestFault): ParsedFile {
  return { loaded: [], faults: [fault], isReadable: false }
}

interface Place {
  readonly file: string
  readonly locate: (fault: PathFault) => ManifestFault
}

function parseObject(written: JsonValue, outer: Place): ParsedFile {
  const refuse = (fault: PathFault): ParsedFile => onlyFault(outer.locate(fault))
  if (!isJsonObject(written)) {
    const params = { key: '', expected: 'object', found: describeFound(written), suggestion: '' }
    return refuse({ path: [], code: 'manifest.invalid_value', params })
  }
  const { kind } = written
  if (!isManifestKind(kind)) return refuse(kindFault(kind))
  const { value, faults: textFaults, locateIn } = readWrittenRule(kind, written)
  const place = { ...outer, locate: locateIn(outer.locate) }
  const bounds = kind === 'segment' ? [...textFaults, ...checkRuleBounds(value['rule'])] : []
  const result = bounds.length > 0 ? undefined : manifestSchemas[kind].safeParse(value)
  const faults = [
    ...bounds,
    ...(result?.success === false
      ? toPathFaults(result.error.issues, { schema: manifestSchemas[kind], value })
      : []),
    // What is too large for a schema is not looked through for its texts either.
    ...(bounds.length > 0 ? [] : checkPlainTexts(kind, written)),
  ]
  const name = typeof written['name'] === 'string' ? written['name'] : ''
  const loaded = {
    ...place,
    kind,
    name,
    manifest: result?.data,
    document: result?.success ? toDocument(written, { kind, name, file: place.file }) : undefined,
  }
  return { loaded: [loaded], faults: faults.map((fault) => place.locate(fault)), isReadable: true }
}

function kindFault(kind: unknown): PathFault {
  const expected = listLiterals(manifestKinds)
  if (kind === undefined) return { path: [], code: 'manifest.missing_key', params: { key: 'kind', expected } }
  const found = typeof kind === 'string' ? JSON.stringify(kind.slice(0, 60)) : describeFound(kind)
  const suggestion = typeof kind === 'string' ? suggestName(kind, manifestKinds) : ''
  return {
    path: ['kind'],
    code: 'manifest.invalid_value',
    params: { key: 'kind', expected, found, suggestion },
  }
}

/** A file's text with what finds places in it. */
interface FilePlaces {
  readonly file: string
  readonly text: string
  readonly find: FindNode
  readonly position: (offset: number) => TextPosition
}

/** Finds the node of a fault, or the nearest one above it that is written in the file. */
function createLocator({ file, text, find, position }: FilePlaces, prefix: ManifestPath): Place['locate'] {
  return ({ path, at, code, params, offset }) => {
    const { node, isWhole } = find([...prefix, ...path])
    const property = at === 'key' && isWhole && node.parent?.type === 'property' ? node.parent : undefined
    const start = (property?.children?.[0] ?? node).offset
    const inside =
      offset !== undefined && node.type === 'string' ? offsetInString(text, start, offset) : start
    return { file, ...position(inside), path: formatPath(path), code, params }
  }
}

/** Where a character of a JSON string stands in the file: an escape is longer than what it stands for. */
function offsetInString(text: string, start: number, offset: number): number {
  let at = start + 1
  for (let passed = 0; passed < offset; passed += 1) {
    if (text[at] !== '\\') at += 1
    else at += text[at + 1] === 'u' ? 6 : 2
  }
  return at
}

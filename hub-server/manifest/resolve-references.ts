import { readFile, realpath, stat } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { JsonObject, JsonValue } from '../../core/port/json.ts'
import { findInside } from './find-inside.ts'
import type { ManifestPath, PathFault } from './manifest-fault.ts'
import { nameOfReference, parseReference, type Reference } from './reference.ts'
import { isRefusedFile, isRefusedVariable } from './refuse-reference.ts'

/** Where references lead: the environment's variables and the workspace folder, which files may not leave. */
export interface ReferenceSource {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly folder: string
  /** True of a reference among the hub's own settings. Default: of a manifest, which may not name everything (`refuse-reference.ts`). */
  readonly isOwn?: boolean
}

/** Why a reference leads nowhere. */
type Unresolved = 'refused' | 'not_set' | 'not_found' | 'outside_workspace' | 'not_a_file' | 'too_large'

/** A secret or certificate is small; anything larger is a mistake. */
const largestFileBytes = 64 * 1024

/**
 * Replaces every reference of a connection's `config` by what it stands for, at the moment of connecting. The answer holds secrets:
 * it goes to the connector and nowhere else. Throws `manifest.reference_unresolved` and `manifest.reference_refused`, naming the variable or
 * file, never a value.
 */
export async function resolveReferences(config: JsonObject, source: ReferenceSource): Promise<JsonObject> {
  const { resolved, faults } = await tryReferences(config, source)
  const [first] = faults
  if (first) throw new AffluentError(first.code, { act: 'resolving references', ...first.params })
  return resolved
}

/** The same, with a fault for each reference that leads nowhere; those keep their text. */
export async function tryReferences(
  config: JsonObject,
  source: ReferenceSource,
): Promise<{ resolved: JsonObject; faults: PathFault[] }> {
  const faults: PathFault[] = []
  const walk = async (value: JsonValue, path: ManifestPath): Promise<JsonValue> => {
    if (typeof value === 'string') return resolveText(value, path)
    if (value === null || typeof value !== 'object') return value
    if (isList(value)) {
      const items: JsonValue[] = []
      for (const [index, item] of value.entries()) items.push(await walk(item, [...path, index]))
      return items
    }
    return walkObject(value, path)
  }
  const walkObject = async (value: JsonObject, path: ManifestPath): Promise<JsonObject> => {
    const members: [string, JsonValue][] = []
    for (const [key, item] of Object.entries(value)) members.push([key, await walk(item, [...path, key])])
    return Object.fromEntries(members)
  }
  const resolveText = async (text: string, path: ManifestPath): Promise<string> => {
    const reference = parseReference(text)
    if (reference === undefined) return text
    if (reference === 'partial') {
      faults.push({ path, code: 'manifest.reference_not_whole', params: { key: String(path.at(-1) ?? '') } })
      return text
    }
    const answer = await lookUp(reference, source)
    if ('value' in answer) return answer.value
    faults.push({ path, ...toFault(reference, answer.reason) })
    return text
  }
  return { resolved: await walkObject(config, []), faults }
}

function toFault(reference: Reference, reason: Unresolved): Pick<PathFault, 'code' | 'params'> {
  const named = { reference: nameOfReference(reference) }
  if (reason === 'refused') return { code: 'manifest.reference_refused', params: named }
  return { code: 'manifest.reference_unresolved', params: { ...named, reason } }
}

type Answer = { readonly value: string } | { readonly reason: Unresolved }

/** As in a shell, `:-` gives its default for an empty variable too; an empty variable without default counts as not set. */
async function lookUp(reference: Reference, source: ReferenceSource): Promise<Answer> {
  if (reference.kind === 'file') return readReferredFile(reference.file, source)
  if (source.isOwn !== true && isRefusedVariable(reference.name, source.env)) return { reason: 'refused' }
  const value = Object.hasOwn(source.env, reference.name) ? source.env[reference.name] : undefined
  const text = value === undefined || value === '' ? reference.fallback : value
  return text === undefined ? { reason: 'not_set' } : { value: text }
}

/** Reads a file of the workspace, without its final line break. Links are followed only as long as they stay inside. */
async function readReferredFile(file: string, { folder, isOwn }: ReferenceSource): Promise<Answer> {
  if (isAbsolute(file) || file.includes('\0') || file.split(/[\\/]/).includes('..'))
    return { reason: 'outside_workspace' }
  const target = await findInside(folder, file)
  if (typeof target === 'object') return target
  if (isOwn !== true && isRefusedFile(target, await realpath(folder))) return { reason: 'refused' }
  const facts = await stat(target)
  if (!facts.isFile()) return { reason: 'not_a_file' }
  if (facts.size > largestFileBytes) return { reason: 'too_large' }
  const text = await readFile(target, 'utf8')
  return { value: text.replace(/\r?\n$/, '') }
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}

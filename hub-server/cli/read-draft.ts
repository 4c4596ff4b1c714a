import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Workspace } from '../../core/manifest/manifest.ts'
import type { Rule } from '../../core/segment/rule.ts'
import { decodeText } from '../manifest/decode-text.ts'
import { errnoCode } from '../manifest/find-inside.ts'
import { parseDraft } from '../manifest/parse-draft.ts'
import { fileLimits } from '../manifest/scan-bounds.ts'
import { suggestName } from '../manifest/suggest-name.ts'

/** A segment that a command asks about, and all that its rule may refer to. */
export interface AskedSegment {
  /** How people call it: its name, or the file it was read from. */
  readonly title: string
  readonly segment: string
  readonly segments: ReadonlyMap<string, Rule>
}

/** What stands on a command line about a segment. */
export interface AskedRule {
  /** Name of a segment in force, or a file that holds a segment or a rule. */
  readonly target: string | undefined
  /** A rule, as JSON or as text. */
  readonly rule: string | undefined
  readonly currentFolder: string
  readonly act: string
}

/**
 * The segment in force, or the draft, that is named on the command line. Throws `segment.unknown_name`, `usage.wrong` when neither or
 * both are given, and what a faulty draft throws.
 */
export async function readDraft(workspace: Workspace, asked: AskedRule): Promise<AskedSegment> {
  const { target, rule, currentFolder, act } = asked
  const segments = new Map([...workspace.segments].map(([name, segment]) => [name, segment.rule]))
  if ((target === undefined) === (rule === undefined))
    throw new AffluentError('usage.wrong', { act, value: '', expected: 'SEGMENT, FILE, --rule RULE' })
  if (target !== undefined && segments.has(target)) return { title: target, segment: target, segments }
  const text = rule ?? (await readText(resolve(currentFolder, target ?? '')))
  if (text === undefined) throw unknownSegment(target ?? '', segments, act)
  const file = target ?? '--rule'
  const syncs = new Set(workspace.syncs.keys())
  const context = { profileSchema: workspace.profileSchema, segments, syncs }
  const draft = parseDraft({ file, text }, context)
  return {
    title: target ?? 'draft',
    segment: draft.name,
    segments: new Map([...segments, [draft.name, draft.rule]]),
  }
}

/** True for the name of a segment in force, and for a file that is there. */
export async function isDraft(
  workspace: Workspace,
  { target = '', currentFolder }: Pick<AskedRule, 'target' | 'currentFolder'>,
): Promise<boolean> {
  return workspace.segments.has(target) || (await isFile(resolve(currentFolder, target)))
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile()
  } catch (error) {
    if (errnoCode(error) === '') throw error
    return false
  }
}

/** The name of a segment in force. Throws `segment.unknown_name` with the one that was probably meant. */
export function requireSegment(workspace: Workspace, name: string, act: string): string {
  if (workspace.segments.has(name)) return name
  throw unknownSegment(name, workspace.segments, act)
}

function unknownSegment(name: string, segments: ReadonlyMap<string, unknown>, act: string): AffluentError {
  const known = [...segments.keys()]
  return new AffluentError('segment.unknown_name', {
    act,
    kind: 'segment',
    name: name.slice(0, 64),
    suggestion: suggestName(name, known),
    known: known.slice(0, 20).join(', '),
  })
}

/** Undefined when there is no such file. */
async function readText(file: string): Promise<string | undefined> {
  const act = 'reading a rule'
  try {
    const bytes = await readFile(file)
    const { bytes: limit } = fileLimits
    if (bytes.length > limit)
      throw new AffluentError('manifest.too_large', { act, limit, found: bytes.length })
    const decoded = decodeText(bytes)
    if ('text' in decoded) return decoded.text
    throw new AffluentError('manifest.not_json', { act, problem: decoded.problem })
  } catch (error) {
    if (error instanceof AffluentError) throw error
    const code = errnoCode(error)
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(code)) return undefined
    const reason = code === 'EISDIR' ? 'not_a_file' : code
    throw new AffluentError('manifest.unreadable', { act, reason }, { cause: error })
  }
}

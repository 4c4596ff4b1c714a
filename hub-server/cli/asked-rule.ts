import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { AskedRule } from '../api/contract/rule.ts'
import { decodeText } from '../manifest/decode-text.ts'
import { errnoCode } from '../manifest/find-inside.ts'
import { fileLimits } from '../manifest/scan-bounds.ts'

/** What stands on a command line about a segment. */
interface TypedRule {
  /** Name of a segment in force, or a file that holds a segment or a rule. */
  readonly target: string | undefined
  /** A rule, as JSON or as text. */
  readonly rule: string | undefined
  readonly currentFolder: string
  readonly act: string
}

/**
 * The question as it is sent: a file of the name that was typed is sent along, for the case that no segment has that name. Throws
 * `usage.wrong` when both a name and a rule are given, or neither, and `manifest.…` for a file that cannot be read.
 */
export async function readAskedRule({ target, rule, currentFolder, act }: TypedRule): Promise<AskedRule> {
  if ((target === undefined) === (rule === undefined))
    throw new AffluentError('usage.wrong', { act, value: '', expected: 'SEGMENT, FILE, --rule RULE' })
  if (rule !== undefined) return { text: rule }
  const segment = target ?? ''
  const text = await readText(resolve(currentFolder, segment))
  return text === undefined ? { segment } : { segment, text }
}

/** Undefined when there is no such file. */
async function readText(file: string): Promise<string | undefined> {
  const act = 'reading a rule'
  try {
    if (!(await stat(file)).isFile()) return undefined
    const bytes = await readFile(file)
    const { bytes: limit } = fileLimits
    if (bytes.length > limit)
      throw new AffluentError('manifest.too_large', { act, limit, found: bytes.length })
    const decoded = decodeText(bytes)
    if ('text' in decoded) return decoded.text
    throw new AffluentError('manifest.not_json', { act, problem: decoded.problem })
  } catch (error) {
    if (error instanceof AffluentError) throw error
    const reason = errnoCode(error)
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(reason)) return undefined
    throw new AffluentError('manifest.unreadable', { act, reason }, { cause: error })
  }
}

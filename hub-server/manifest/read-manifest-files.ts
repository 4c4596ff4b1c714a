import type { Dirent } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { errnoCode, findInside } from './find-inside.ts'
import { compareText, type ManifestFault } from './manifest-fault.ts'
import { fileLimits } from './scan-bounds.ts'

export interface ManifestFile {
  /** Path from the workspace folder, with forward slashes. */
  readonly file: string
  readonly bytes: Uint8Array
}

/** Folder of a workspace that holds its manifests. */
const manifestFolder = 'manifests'

/** Most files of a workspace: more is a wrong folder, which is told instead of read. */
const mostFiles = 10_000

/**
 * Reads every `*.json` below `manifests/`, in alphabetical order, except `manifests/schemas` and names that start with a dot. A file
 * may be a link as long as it stays inside the workspace (as mounted configuration does); folders that are links are passed over.
 */
export async function readManifestFiles(
  folder: string,
): Promise<{ files: ManifestFile[]; faults: ManifestFault[] }> {
  const files: ManifestFile[] = []
  const faults: ManifestFault[] = []
  const found = await listFiles(folder)
  if (found.length > mostFiles) {
    const params = { limit: mostFiles, found: found.length }
    return { files, faults: [toFault(manifestFolder, { code: 'manifest.too_large', params })] }
  }
  for (const file of found) {
    const answer = await readBounded(folder, file)
    if ('bytes' in answer) files.push({ file, bytes: answer.bytes })
    else faults.push(toFault(file, answer))
  }
  return { files, faults }
}

function toFault(file: string, fault: Unreadable): ManifestFault {
  return { file, line: 1, column: 1, path: '', ...fault }
}

async function listFiles(folder: string): Promise<string[]> {
  const root = join(folder, manifestFolder)
  const entries = await readFolder(root)
  return entries
    .filter((entry) => (entry.isFile() || entry.isSymbolicLink()) && entry.name.endsWith('.json'))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep))
    .filter((parts) => parts[1] !== 'schemas' && !parts.some((part) => part.startsWith('.')))
    .map((parts) => parts.join('/'))
    .sort(compareText)
}

async function readFolder(root: string): Promise<Dirent[]> {
  try {
    return await readdir(root, { recursive: true, withFileTypes: true })
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return []
    throw error
  }
}

type Unreadable = Pick<ManifestFault, 'code' | 'params'>
type Answer = { readonly bytes: Uint8Array } | Unreadable

/** Reads at most one byte beyond the bound, whatever the file's size is said to be. */
async function readBounded(folder: string, file: string): Promise<Answer> {
  const target = await findInside(folder, file)
  if (typeof target === 'object') return { code: 'manifest.unreadable', params: { reason: target.reason } }
  try {
    // A pipe or device would never end, or never begin.
    const facts = await stat(target)
    if (!facts.isFile()) return { code: 'manifest.unreadable', params: { reason: 'not_a_file' } }
    const bytes = await readUpTo(target, fileLimits.bytes + 1)
    if (bytes.length <= fileLimits.bytes) return { bytes }
    return { code: 'manifest.too_large', params: { limit: fileLimits.bytes, found: bytes.length } }
  } catch (error) {
    const reason = errnoCode(error)
    if (reason === '') throw error
    return { code: 'manifest.unreadable', params: { reason } }
  }
}

async function readUpTo(path: string, limit: number): Promise<Uint8Array> {
  const handle = await open(path, 'r')
  try {
    const facts = await handle.stat()
    const buffer = new Uint8Array(Math.min(limit, facts.size + 1))
    let length = 0
    while (length < buffer.length) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length)
      if (bytesRead === 0) break
      length += bytesRead
    }
    return buffer.subarray(0, length)
  } finally {
    await handle.close()
  }
}

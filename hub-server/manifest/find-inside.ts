import { realpath } from 'node:fs/promises'
import { isAbsolute, join, relative, sep } from 'node:path'

/** Why there is no such file inside the folder. */
export interface NotInside {
  readonly reason: 'not_found' | 'outside_workspace'
}

/** What the system says when a path leads nowhere: no entry, a file used as a folder, a link to itself. */
const leadsNowhere = new Set(['ENOENT', 'ENOTDIR', 'ELOOP'])

/** The real path of `file` below `folder`. Links are followed, and refused as soon as they lead out of the folder. */
export async function findInside(folder: string, file: string): Promise<string | NotInside> {
  const root = await realpath(folder)
  try {
    const target = await realpath(join(root, file))
    return isInside(root, target) ? target : { reason: 'outside_workspace' }
  } catch (error) {
    if (leadsNowhere.has(errnoCode(error))) return { reason: 'not_found' }
    throw error
  }
}

function isInside(root: string, target: string): boolean {
  const way = relative(root, target)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** The system's short code of an I/O error ("ENOENT"), or "" for any other error. */
export function errnoCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Environment } from '../config.ts'

/**
 * Where the references of manifests are looked up: the environment, and for what it lacks the workspace's own `.env` file (NAME=value,
 * a line each; the templates keep it out of Git). Throws `store.unwritable` when the file is there but cannot be read.
 */
export async function readWorkspaceEnv(folder: string, env: Environment): Promise<Environment> {
  const file = join(folder, '.env')
  try {
    return { ...parseEnv(await readFile(file, 'utf8')), ...env }
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code !== 'EACCES'
    if (isAbsent) return env
    throw new AffluentError('store.unwritable', { act: 'reading the environment', file }, { cause: error })
  }
}

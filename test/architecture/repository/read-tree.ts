import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Tree } from './check-layers.ts'

/** Folder of the repository. */
export const repository = fileURLToPath(new URL('../../..', import.meta.url))

/** All source and data files of these folders, and the package's manifest, by path with forward slashes. */
export function readTree(...folders: readonly string[]): Tree {
  const files = folders.flatMap((folder) =>
    readdirSync(join(repository, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(?:ts|json)$/.test(entry.name) && !isForeign(entry.parentPath))
      .map((entry) => join(entry.parentPath, entry.name)),
  )
  return new Map(
    [...files, join(repository, 'package.json')].map((file) => [
      file.slice(repository.length).split(sep).join('/'),
      readFileSync(file, 'utf8'),
    ]),
  )
}

/** True in a folder of packages, such as the one of `npm run clickhouse:install`. */
function isForeign(folder: string): boolean {
  return folder.slice(repository.length).split(sep).includes('node_modules')
}

import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** Folder of the DX project. */
export const appFolder = join(import.meta.dirname, '../../../../../connectors/salesforce/app')

/** Its package directories, as sfdx-project.json names them. */
export const packageDirectories = ['force-app', 'individuals', 'change-events'] as const

/** Files of a folder of the project: path from the project's folder → text. */
export function readSource(folder: string, root = appFolder): Map<string, string> {
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
  return new Map(
    entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => {
        const path = join(parentPath, name)
        return [relative(root, path), readFileSync(path, 'utf8')] as const
      }),
  )
}

import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import { toStoreError } from '../store/to-store-error.ts'
import type { AppPackage } from './connect-guide.ts'

const act = 'writing the app folder'

/** Endings of the files of a package that may name the hub. */
const textFile = /\.(?:json|md|ts|tsx|xml|js|mjs|html|forceignore)$/

/**
 * Writes a platform's install package into a folder of the user, with the hub's public address and the connection's name filled in.
 * Throws `usage.folder_not_empty` where something else stands, unless `overwrite`; `store.unwritable`.
 */
export async function writeApp(
  app: AppPackage,
  target: string,
  filled: { readonly hubUrl: string; readonly connection: string; readonly overwrite: boolean },
): Promise<readonly string[]> {
  const present = await readdir(target).catch(() => [])
  if (present.length > 0 && !filled.overwrite)
    throw new AffluentError('usage.folder_not_empty', { act, folder: target })
  try {
    await mkdir(target, { recursive: true })
    await cp(fileURLToPath(app.source), target, { recursive: true, force: true })
    const made = await writeMade(app, target, filled.hubUrl)
    return [...(await fillAll(app, target, filled)), ...made]
  } catch (error) {
    throw toStoreError(error, act, target)
  }
}

async function writeMade({ made }: AppPackage, target: string, hubUrl: string): Promise<string[]> {
  const written: string[] = []
  for (const [path, text] of Object.entries(made?.(hubUrl) ?? {})) {
    const file = join(target, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
    written.push(file)
  }
  return written
}

async function fillAll(
  app: AppPackage,
  target: string,
  { hubUrl, connection }: { readonly hubUrl: string; readonly connection: string },
): Promise<string[]> {
  const entries = await readdir(target, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && textFile.test(entry.name))
  const written: string[] = []
  for (const { parentPath, name } of files) {
    const path = join(parentPath, name)
    const text = await readFile(path, 'utf8')
    const after = text
      .replaceAll(app.connectionPlaceholder, connection)
      .replaceAll(app.addressPlaceholder, hubUrl)
    if (after === text) continue
    await writeFile(path, after)
    written.push(path)
  }
  return written
}

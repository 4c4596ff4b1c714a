import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { JsonObject } from '../../core/port/json.ts'
import { readManifestFiles } from '../manifest/read-manifest-files.ts'
import { toStoreError } from '../store/to-store-error.ts'

const act = 'writing the connection'

export interface NewConnection {
  readonly name: string
  readonly connector: string
  readonly title: string
  /** Secrets in it are references. */
  readonly config: JsonObject
}

/**
 * Writes the manifest of a connection into `manifests/connection-<name>.json` of a workspace, and gives the file's name there. One of that
 * name in that very file is replaced when `overwrite` is set. Throws `usage.file_exists` otherwise, also where another file declares the
 * connection, and `store.unwritable`.
 */
export async function writeConnection(
  folder: string,
  { name, connector, title, config }: NewConnection,
  overwrite: boolean,
): Promise<string> {
  const file = `manifests/connection-${name}.json`
  const declared = await findDeclaration(folder, name)
  if (declared !== undefined && (declared !== file || !overwrite))
    throw new AffluentError('usage.file_exists', { act, file: declared })
  const manifest = {
    $schema: '../schemas/manifest.schema.json',
    kind: 'connection',
    version: 1,
    name,
    title,
    connector,
    config,
  }
  try {
    await mkdir(join(folder, 'manifests'), { recursive: true })
    await writeFile(join(folder, file), `${JSON.stringify(manifest, null, 2)}\n`)
  } catch (error) {
    throw toStoreError(error, act, join(folder, file))
  }
  return file
}

/** The file that declares a connection of this name; undefined: none does. Files with faults are left to `validate`. */
export async function findDeclaration(folder: string, name: string): Promise<string | undefined> {
  const { files } = await readManifestFiles(folder)
  for (const { file } of files) {
    const text = await readFile(join(folder, file), 'utf8')
    const document = parse(text)
    const objects: readonly unknown[] = Array.isArray(document) ? document : [document]
    if (objects.some((object) => isConnection(object, name))) return file
  }
  return undefined
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isConnection = (object: unknown, name: string): boolean =>
  typeof object === 'object' &&
  object !== null &&
  'kind' in object &&
  object.kind === 'connection' &&
  'name' in object &&
  object.name === name

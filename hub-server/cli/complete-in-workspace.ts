import type { Writable } from 'node:stream'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { ManifestKind } from '../../core/manifest/manifest.ts'
import { parseManifestFile } from '../manifest/parse-manifest-file.ts'
import { readManifestFiles } from '../manifest/read-manifest-files.ts'
import { commands } from './commands.ts'
import { completeWords } from './completion.ts'
import { exitCode } from './exit-code.ts'

/** Answers a shell: one candidate a line. A workspace that cannot be read offers no names; completion never complains. */
export async function completeInWorkspace(
  words: readonly string[],
  folder: string,
  out: Writable,
): Promise<number> {
  const names = await declaredNames(folder)
  const of = (kind: ManifestKind): string[] =>
    names.filter((each) => each.kind === kind).map(({ name }) => name)
  for (const word of completeWords(commands, words, { sync: of('sync'), segment: of('segment'), run: [] })) {
    out.write(`${word}\n`)
  }
  return exitCode.done
}

async function declaredNames(folder: string): Promise<{ kind: ManifestKind; name: string }[]> {
  try {
    const { files } = await readManifestFiles(folder)
    return files.flatMap(({ file, bytes }) =>
      parseManifestFile(file, bytes).loaded.map(({ kind, name }) => ({ kind, name })),
    )
  } catch (error) {
    if (error instanceof AffluentError) return []
    throw error
  }
}

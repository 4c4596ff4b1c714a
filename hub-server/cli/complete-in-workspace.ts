import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { ManifestKind } from '../../core/manifest/manifest.ts'
import { deriveSegments } from '../../core/membership/derive-segments.ts'
import { dataPaths } from '../data-paths.ts'
import { parseManifestFile } from '../manifest/parse-manifest-file.ts'
import { readManifestFiles } from '../manifest/read-manifest-files.ts'
import { systemClock } from '../net/system-clock.ts'
import { openControlStore } from '../store/open-control-store.ts'
import { commands } from './commands.ts'
import { completeWords, workspaceOf, type CompletionNames } from './completion.ts'
import { exitCode } from './exit-code.ts'

/** Answers a shell: one candidate a line. A workspace that cannot be read offers no names; completion never complains. */
export async function completeInWorkspace(
  words: readonly string[],
  currentFolder: string,
  out: Writable,
): Promise<number> {
  const folder = resolve(currentFolder, workspaceOf(words) ?? '.')
  for (const word of await completeWords(commands, words, () => readNames(folder))) out.write(`${word}\n`)
  return exitCode.done
}

async function readNames(folder: string): Promise<CompletionNames> {
  const declared = await quietly(() => declaredNames(folder))
  const of = (kind: ManifestKind): string[] =>
    declared.filter((each) => each.kind === kind).map(({ name }) => name)
  const [sync, segment] = [of('sync'), of('segment')]
  return { sync, segment, target: [...sync, ...segment], run: await quietly(() => waitingRuns(folder)) }
}

async function declaredNames(folder: string): Promise<{ kind: ManifestKind; name: string }[]> {
  const { files } = await readManifestFiles(folder)
  return files.flatMap(({ file, bytes }) =>
    parseManifestFile(file, bytes).loaded.flatMap(({ kind, name, manifest }) => [
      { kind, name },
      ...(manifest ? deriveSegments([manifest]) : []),
    ]),
  )
}

/** The syncs whose run waits for an approval: what `approve` takes. */
async function waitingRuns(folder: string): Promise<string[]> {
  const { control } = dataPaths(folder)
  if (!existsSync(control)) return []
  const store = await openControlStore(control, systemClock, { inspect: true })
  try {
    const runs = await store.runs({ state: 'awaiting_approval' })
    return [...new Set(runs.map((run) => run.sync))]
  } finally {
    await store.close()
  }
}

async function quietly<T>(read: () => Promise<T[]>): Promise<T[]> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof AffluentError) return []
    throw error
  }
}

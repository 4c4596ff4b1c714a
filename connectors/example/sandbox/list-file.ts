import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { z } from 'zod'

export interface ExampleList {
  readonly id: string
  readonly name: string
  /** Key of the member → first name. */
  readonly members: Map<string, string>
}

const listsShape = z.array(
  z.object({ id: z.string(), name: z.string(), members: z.array(z.tuple([z.string(), z.string()])) }),
)

/** The lists that an earlier process left. */
export function readLists(file: string): ExampleList[] {
  if (!existsSync(file)) return []
  const lists = listsShape.parse(JSON.parse(readFileSync(file, 'utf8')))
  return lists.map(({ id, name, members }) => ({ id, name, members: new Map(members) }))
}

/** Replaces the file as a whole: a process that dies meanwhile leaves the old one. */
export function writeLists(file: string, lists: readonly ExampleList[]): void {
  const written = lists.map(({ id, name, members }) => ({ id, name, members: [...members] }))
  writeFileSync(`${file}.new`, JSON.stringify(written, null, 2))
  renameSync(`${file}.new`, file)
}

import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { resolve } from 'node:path'
import { listAuditEntries, signAuditLog, type EntryPage } from '../../api/contract/audit.ts'
import { optionValue, type CommandAction } from '../command.ts'
import { exitCode } from '../exit-code.ts'
import type { HubClient } from '../hub-client.ts'
import { withClient } from '../with-client.ts'

const pageSize = 500

/** Writes the audit log as JSON Lines, oldest entry first; the last line is a signed checkpoint of its end. */
export const exportAuditLog: CommandAction = async (context, input) => {
  const { terminal, currentFolder } = context
  const out = optionValue(input, 'out')
  const file = out === undefined ? undefined : resolve(currentFolder, out)
  const lines = await withClient(context, 'audit export', async (client) => {
    if (file === undefined) return writeLines(client, (line) => Promise.resolve(terminal.data(`${line}\n`)))
    // Never over a file that is there: an older export is evidence, too.
    const stream = createWriteStream(file, { flags: 'wx', mode: 0o600 })
    await once(stream, 'open')
    const written = await writeLines(client, async (line) => {
      if (!stream.write(`${line}\n`)) await once(stream, 'drain')
    })
    stream.end()
    await once(stream, 'close')
    return written
  })
  if (file !== undefined) terminal.note(terminal.translator.t('audit.exported', { count: lines, file }))
  return exitCode.done
}

/** Returns the number of entries. */
async function writeLines(client: HubClient, write: (line: string) => Promise<void>): Promise<number> {
  // Signed first: what comes later is in the next export.
  const checkpoint = await client.ask(signAuditLog)
  let cursor: string | null = null
  let count = 0
  do {
    const page: EntryPage = await client.ask(listAuditEntries, {
      query: { limit: pageSize, ...(cursor !== null && { cursor }) },
    })
    for (const entry of page.entries) {
      if (entry.number > checkpoint.number) continue
      await write(JSON.stringify(entry))
      count += 1
    }
    cursor = page.nextCursor
  } while (cursor !== null)
  await write(JSON.stringify({ checkpoint }))
  return count
}

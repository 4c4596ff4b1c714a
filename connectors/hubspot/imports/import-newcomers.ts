import { createHash } from 'node:crypto'
import type { WriteRequest } from '../../../core/connector/destination.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { HubspotContext } from '../config.ts'
import { takeLeaders, unsettled, type Draft } from '../destinations/draft.ts'
import { refuseUnknownProperties } from '../sources/known-properties.ts'
import { readOpenImports, startImport, type Import } from './import-calls.ts'
import { toImportFiles, type ImportFile } from './import-file.ts'
import { importThreshold } from './import-setting.ts'

/** Imports that HubSpot works on at the same time; further ones would wait in its queue while batches could be written. */
const mostImports = 3

/** Connections whose access lacks the scope `crm.import`, found out by a refusal. */
const withoutImports = new WeakSet<HubspotContext>()

/**
 * Hands very many new contacts to HubSpot as imports; their outcome is then `accepted`. Fewer than the threshold, people whom HubSpot
 * knows, and what finds no free place are left unsettled: they are written by batches. An import is a faster way, never a condition.
 */
export async function importNewcomers(
  context: HubspotContext,
  drafts: readonly Draft[],
  { signal, settings }: Pick<WriteRequest, 'signal' | 'settings'>,
): Promise<void> {
  const newcomers = unsettled(drafts).filter(isImportable)
  if (newcomers.length <= importThreshold(context.config, settings) || withoutImports.has(context)) return
  const property = context.config.unique_property
  const { leaders, settleFollowers } = takeLeaders(newcomers, (draft) => identityOf(draft, property))
  const files = [
    ...toImportFiles(leaders.filter(isKeyed), property),
    ...toImportFiles(
      leaders.filter((draft) => !isKeyed(draft)),
      'email',
    ),
  ]
  const names = [...new Set(files.flatMap(({ columns }) => columns))]
  await refuseUnknownProperties(context, 'contacts', { names, signal })
  await startImports(context, files, signal)
  settleFollowers()
}

const isKeyed = (draft: Draft): boolean => draft.uniqueValue !== undefined

/** One import has one kind of key, and two people of one key are one contact. */
export const identityOf = (draft: Draft, property: string): string | undefined =>
  draft.uniqueValue === undefined ? draft.email : `${property}=${draft.uniqueValue}`

/** An empty cell leaves a value alone, so a row that clears one must go by batch. */
const isImportable = ({ contactId, properties }: Draft): boolean =>
  contactId === undefined && !Object.values(properties).includes('')

async function startImports(
  context: HubspotContext,
  files: readonly ImportFile[],
  signal: AbortSignal,
): Promise<void> {
  try {
    const open = await readOpenImports(context, signal)
    for (const file of files) {
      const job = await startOrAdopt(context, file, { open, signal })
      if (!job) return
      for (const draft of file.drafts) draft.outcome = { status: 'accepted', job: job.id }
    }
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error
    if (error.code === 'platform.permission_missing') withoutImports.add(context)
    else if (error.code !== 'platform.rate_limited') throw error
    context.logger.info('hubspot_import_unavailable', { connection: context.connection, code: error.code })
  }
}

/**
 * Starts the import of a file where one of the three places is free. The name holds a digest of the file: when the answer to an
 * earlier start was lost, the import that is under way already is taken instead of a second one.
 */
async function startOrAdopt(
  context: HubspotContext,
  file: ImportFile,
  { open, signal }: { readonly open: Import[]; readonly signal: AbortSignal },
): Promise<Import | undefined> {
  const digest = createHash('sha256').update(file.csv).digest('hex').slice(0, 16)
  const name = `Affluent ${context.connection} ${digest}`
  const running = open.find(({ importName }) => importName === name)
  if (running) return running
  if (open.length >= mostImports) return undefined
  const started = await startImport(context, file, { name, signal })
  open.push(started)
  return started
}

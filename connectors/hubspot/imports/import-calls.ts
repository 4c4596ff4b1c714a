import { z } from 'zod'
import { AffluentError, PlatformError } from '../../../core/errors/affluent-error.ts'
import { callHubspot } from '../account.ts'
import { apiVersions } from '../client.ts'
import type { HubspotContext } from '../config.ts'
import { hubspotId } from '../mapping.ts'
import { redact } from '../redact.ts'
import type { ImportFile } from './import-file.ts'

const importsPath = `/crm/imports/${apiVersions.imports}`

/** States of an import that has not ended; DEFERRED ones wait until another has. */
export const openStates: readonly string[] = ['STARTED', 'PROCESSING', 'DEFERRED']

const importShape = z.object({
  id: hubspotId,
  state: z.string(),
  importName: z.string().nullish().catch(null),
})
/** An import as HubSpot tells of it. */
export type Import = z.output<typeof importShape>

const paging = z.object({ next: z.object({ after: z.string() }).optional() }).optional()
const importsAnswer = z.object({ results: z.array(importShape), paging })

const importsPerPage = 100

/** The imports of this app that have not ended. HubSpot shows an app its own alone. */
export async function readOpenImports(context: HubspotContext, signal: AbortSignal): Promise<Import[]> {
  const act = 'looking for imports under way'
  const open: Import[] = []
  for await (const { results } of pages(act, (after) =>
    callHubspot(context, {
      act,
      method: 'GET',
      path: importsPath,
      query: { limit: String(importsPerPage), ...after },
      answer: importsAnswer,
      repeatable: true,
      signal,
    }),
  ))
    open.push(...results.filter(({ state }) => openStates.includes(state)))
  return open
}

/** An upload of 256 MB may take this long. */
const uploadTimeoutMs = 600_000

/**
 * Starts an import of contacts: new ones are made, those that have the key already are updated. Never repeated blindly, since each
 * start is a job of its own.
 */
export function startImport(
  context: HubspotContext,
  file: ImportFile,
  { name, signal }: { readonly name: string; readonly signal: AbortSignal },
): Promise<Import> {
  const fileName = 'contacts.csv'
  const multipart = new FormData()
  multipart.set('importRequest', JSON.stringify(toImportRequest(context, file, { name, fileName })))
  multipart.set('files', new Blob([file.csv], { type: 'text/csv' }), fileName)
  return callHubspot(context, {
    act: 'starting an import of contacts',
    method: 'POST',
    path: importsPath,
    multipart,
    answer: importShape,
    repeatable: false,
    timeoutMs: uploadTimeoutMs,
    signal,
  })
}

function toImportRequest(
  context: HubspotContext,
  { columns }: ImportFile,
  named: { readonly name: string; readonly fileName: string },
) {
  return {
    name: named.name,
    importOperations: { '0-1': 'UPSERT' },
    // Days are written as 2026-11-22; the vendor's default puts the month first.
    dateFormat: 'YEAR_MONTH_DAY',
    marketableContactImport: context.config.import_as_marketing_contacts,
    createContactListFromImport: false,
    files: [
      {
        fileName: named.fileName,
        fileFormat: 'CSV',
        fileImportPage: {
          hasHeader: true,
          columnMappings: columns.map((column, index) => ({
            columnObjectTypeId: '0-1',
            columnName: column,
            propertyName: column,
            ...(index === 0 && { columnType: 'HUBSPOT_ALTERNATE_ID' }),
          })),
        },
      },
    ],
  }
}

/** One import; undefined when HubSpot has none of this id (any more). */
export async function readImport(
  context: HubspotContext,
  id: string,
  signal: AbortSignal,
): Promise<Import | undefined> {
  try {
    return await callHubspot(context, {
      act: 'reading the state of an import',
      method: 'GET',
      path: `${importsPath}/${encodeURIComponent(id)}`,
      answer: importShape,
      repeatable: true,
      signal,
    })
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'platform.not_found') return undefined
    throw error
  }
}

const errorsAnswer = z.object({
  results: z.array(
    z.object({
      errorType: z.string().catch('UNKNOWN_ERROR'),
      errorMessage: z.string().nullish().catch(null),
      sourceData: z.object({ rowData: z.array(z.string()).default([]).catch([]) }).catch({ rowData: [] }),
    }),
  ),
  paging,
})

/** What HubSpot dislikes about one row. */
export interface RowFault {
  /** The row's first cell, in lower case: the key that it was sent under. Empty for faults of the file. */
  readonly key: string
  /** HubSpot's name of the fault, such as INVALID_EMAIL. */
  readonly type: string
  /** Its words, without the row's values. */
  readonly said: string
}

/** Pages of row faults of an import. */
export async function* readImportFaults(
  context: HubspotContext,
  id: string,
  signal: AbortSignal,
): AsyncGenerator<readonly RowFault[]> {
  const act = 'reading the errors of an import'
  for await (const { results } of pages(act, (after) =>
    callHubspot(context, {
      act,
      method: 'GET',
      path: `${importsPath}/${encodeURIComponent(id)}/errors`,
      query: { limit: '100', includeErrorMessage: 'true', includeRowData: 'true', ...after },
      answer: errorsAnswer,
      repeatable: true,
      signal,
    }),
  ))
    yield results.map(({ errorType, errorMessage, sourceData: { rowData } }) => ({
      key: (rowData[0] ?? '').trim().toLowerCase(),
      type: /^[A-Z_]{1,64}$/.test(errorType) ? errorType : 'UNKNOWN_ERROR',
      said: redact(errorMessage ?? '', rowData),
    }))
}

/** Follows the vendor's cursor to the end; a cursor that comes a second time ends the reading with an error. */
async function* pages<Page extends { readonly paging?: z.output<typeof paging> }>(
  act: string,
  read: (after: { readonly after?: string }) => Promise<Page>,
): AsyncGenerator<Page> {
  const seen = new Set<string>()
  let after: string | undefined
  do {
    const page: Page = await read(after === undefined ? {} : { after })
    yield page
    after = page.paging?.next?.after
    if (after !== undefined && seen.has(after)) throw new AffluentError('connector.cursor_repeated', { act })
    if (after !== undefined) seen.add(after)
  } while (after !== undefined)
}

import type { Draft } from '../destinations/draft.ts'

/** A file of one import, and the people in it. */
export interface ImportFile {
  /** CSV with a header; the first column is the key that contacts are found or made by. */
  readonly csv: string
  /** Names of the properties, in the order of the columns. */
  readonly columns: readonly string[]
  readonly drafts: readonly Draft[]
}

/** How large a file may become. */
export interface FileLimits {
  /** The header included. */
  readonly rows: number
  readonly bytes: number
}

/** Published: 1,048,576 rows or 512 MB a file. Half of the bytes keep the upload within its time-out and the memory flat. */
const publishedLimits: FileLimits = { rows: 1_048_576, bytes: 256 * 1_048_576 }

/** The value that a contact is keyed by in the import: that of the unique property, else the e-mail. */
export const importKey = (draft: Draft, keyColumn: string): string =>
  (keyColumn === 'email' ? draft.email : draft.uniqueValue) ?? ''

/** The people of one kind of key as files within the limits. Every file has all columns: an empty cell leaves a property alone. */
export function toImportFiles(
  drafts: readonly Draft[],
  keyColumn: string,
  limits: FileLimits = publishedLimits,
): readonly ImportFile[] {
  const columns = columnsOf(drafts, keyColumn)
  const header = csvLine(columns)
  const files: { lines: string[]; bytes: number; drafts: Draft[] }[] = []
  for (const draft of drafts) {
    const values = new Map(Object.entries({ ...draft.properties, email: draft.email ?? '' }))
    const line = csvLine(columns.map((name) => values.get(name) ?? ''))
    const bytes = Buffer.byteLength(line)
    let file = files.at(-1)
    if (!file || file.lines.length >= limits.rows || file.bytes + bytes > limits.bytes) {
      file = { lines: [header], bytes: Buffer.byteLength(header), drafts: [] }
      files.push(file)
    }
    file.lines.push(line)
    file.bytes += bytes
    file.drafts.push(draft)
  }
  return files.map(({ lines, drafts: people }) => ({ csv: lines.join(''), columns, drafts: people }))
}

function columnsOf(drafts: readonly Draft[], keyColumn: string): string[] {
  const names = new Set([keyColumn])
  for (const { email, properties } of drafts) {
    if (email !== undefined) names.add('email')
    for (const name of Object.keys(properties)) names.add(name)
  }
  return [...names]
}

/** Every cell in quotes (RFC 4180), so that commas, quotes and line breaks stay inside it. */
const csvLine = (cells: readonly string[]): string =>
  `${cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')}\r\n`

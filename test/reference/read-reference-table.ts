import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { z } from 'zod'

const rows = z.array(z.array(z.string()))

/** The cells of a CSV file, plain or gzipped, below `folder`. */
export function readReferenceTable(folder: string, path: string): string[][] {
  const bytes = readFileSync(join(folder, path))
  const text = path.endsWith('.gz') ? gunzipSync(bytes) : bytes
  return rows.parse(parse(text, { relax_column_count: true }))
}

/** The table with this column below `data/<set>`, whatever its file is called; undefined where the reference does not come with the set. */
export function findReferenceTable(folder: string, set: string, column: string): string[][] | undefined {
  const path = join('data', set)
  if (!existsSync(join(folder, path))) return undefined
  return readdirSync(join(folder, path))
    .filter((name) => /\.csv(\.gz)?$/.test(name))
    .map((name) => readReferenceTable(folder, join(path, name)))
    .find((table) => table[0]?.includes(column))
}

/** The numbers of one named column; the first line is the header. */
export function numbersOf(table: readonly (readonly string[])[], column: string): number[] {
  const at = table[0]?.indexOf(column) ?? -1
  return table.slice(1).map((row) => Number(row[at]))
}

import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { gunzipSync } from 'node:zlib'
import { openDuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import type { Told } from './a-marked-hub.ts'
import type { Haystack } from './find-marks.ts'

/** All that was told, by place. */
export const toldPlaces = (told: Told): Haystack[] =>
  [...told].map(([place, texts]) => ({ place, bytes: Buffer.from(texts.join('\n')) }))

/** Every file under a folder: its bytes, unpacked where it is packed, and all names together. */
export async function filePlaces(folder: string, name: string): Promise<Haystack[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const read = files.map(async (file) => {
    const bytes = await readFile(file)
    return {
      place: `${name}/${relative(folder, file)}`,
      bytes: file.endsWith('.gz') ? gunzipSync(bytes) : bytes,
    }
  })
  const names = Buffer.from(entries.map((entry) => entry.name).join('\n'))
  return [...(await Promise.all(read)), { place: `${name}: names of files`, bytes: names }]
}

/** Every table of an SQLite file, all columns of all rows. */
export function sqlitePlaces(file: string, name: string): Haystack[] {
  const database = new DatabaseSync(file, { readOnly: true })
  const tables = database.prepare(`SELECT name FROM sqlite_master WHERE type = 'table'`).all()
  const places = tables.map(({ name: table }) => ({
    place: `${name}.${String(table)}`,
    bytes: Buffer.from(
      database
        .prepare(`SELECT * FROM "${String(table)}"`)
        .all()
        .map((row) =>
          Object.values(row)
            .map((value) =>
              value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value),
            )
            .join('\t'),
        )
        .join('\n'),
    ),
  }))
  database.close()
  return places
}

/** Every table of the warehouse, as text: in the file it is compressed. */
export async function warehousePlaces(path: string, name: string): Promise<Haystack[]> {
  const duckdb = await openDuckDb({ path, memoryLimitMb: 300 })
  const places: Haystack[] = []
  for (const { table_name: table } of await duckdb.read(`SELECT table_name FROM duckdb_tables()`)) {
    const rows = await duckdb.read(`SELECT CAST(one AS VARCHAR) AS line FROM "${String(table)}" AS one`)
    places.push({
      place: `${name}.${String(table)}`,
      bytes: Buffer.from(rows.map(({ line }) => String(line)).join('\n')),
    })
  }
  duckdb.close()
  return places
}

import { VARCHAR } from '@duckdb/node-api'
import type { SoundUsed } from '../../../core/identity/matching.ts'
import { phoneticKey } from '../../../core/identity/phonetic/phonetic-key.ts'
import type { DuckDb } from '../duckdb.ts'
import { soundColumn, valueColumn } from './linkable-columns.ts'

/**
 * Returns SQL of the query `plain` with the sounds of its values beside them. DuckDB knows no phonetics, so the sounds of the distinct values
 * are computed here, once each, and wait in the temporary table `name_sound`.
 */
export async function addSounds(
  duckdb: DuckDb,
  plain: string,
  sounds: readonly SoundUsed[],
): Promise<string> {
  if (sounds.length === 0) return plain
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE name_sound (sound_column VARCHAR, value VARCHAR, sound VARCHAR)`,
  )
  for (const sound of sounds) await computeSounds(duckdb, plain, sound)
  const joins = sounds.map(
    (sound, index) => `LEFT JOIN name_sound s${index}
      ON s${index}.sound_column = '${soundColumn(sound)}' AND s${index}.value = plain.${valueColumn(sound.on)}`,
  )
  const columns = sounds.map((sound, index) => `s${index}.sound AS ${soundColumn(sound)}`)
  return `SELECT plain.*, ${columns.join(', ')} FROM (${plain}) plain ${joins.join(' ')}`
}

async function computeSounds(duckdb: DuckDb, plain: string, sound: SoundUsed): Promise<void> {
  const column = valueColumn(sound.on)
  const rows = await duckdb.all<{ value: string }>(
    `SELECT DISTINCT ${column} AS value FROM (${plain}) WHERE ${column} IS NOT NULL`,
  )
  const heard = rows.flatMap(({ value }) => {
    const key = phoneticKey(value, sound.method)
    return key === undefined ? [] : [{ value, key }]
  })
  await duckdb.append('name_sound', {
    types: [VARCHAR, VARCHAR, VARCHAR],
    columns: [
      heard.map(() => soundColumn(sound)),
      heard.map(({ value }) => value),
      heard.map(({ key }) => key),
    ],
  })
}

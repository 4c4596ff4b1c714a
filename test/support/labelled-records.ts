import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { VARCHAR } from '@duckdb/node-api'
import { parse } from 'csv-parse/sync'
import { z } from 'zod'
import { matchingSchema, type Matching } from '../../core/identity/matching.ts'
import { openDuckDb, type DuckDb } from '../../hub-server/warehouse/duckdb.ts'
import type { MatchSource } from '../../hub-server/warehouse/matching/prepare-linkable.ts'

/** Records whose true persons are known: `truth` by position. */
export interface LabelledRecords {
  readonly name: string
  readonly rows: readonly Readonly<Record<string, string>>[]
  readonly truth: readonly string[]
  readonly matching: Matching
}

const folder = new URL('../data/linkage/', import.meta.url)
const rowsSchema = z.array(z.record(z.string(), z.string()))

async function readRows(file: string): Promise<Record<string, string>[]> {
  const bytes = await readFile(new URL(file, folder))
  const text = file.endsWith('.gz') ? gunzipSync(bytes) : bytes
  return rowsSchema.parse(parse(text, { columns: trimmed, trim: true }))
}

const trimmed = (header: string[]): string[] => header.map((name) => name.trim())

const alikeText = ['exact', { jaro_winkler: 0.92 }, { jaro_winkler: 0.8 }]
const alikeCode = ['exact', { damerau_levenshtein: 1 }, { damerau_levenshtein: 2 }]

/** 1,000 people of Splink's demo data: 251 persons with typos, missing values and nicknames. */
export async function readFake1000(): Promise<LabelledRecords> {
  const rows = await readRows('fake_1000.csv')
  return {
    name: 'fake_1000',
    rows,
    truth: rows.map((row) => row['cluster'] ?? ''),
    matching: matchingSchema.parse({
      compare: [
        {
          on: 'first_name',
          levels: ['exact', { jaro_winkler: 0.92 }, 'nickname', { jaro_winkler: 0.8 }],
          term_frequency: true,
        },
        { on: 'surname', levels: alikeText, term_frequency: true },
        { on: 'dob', levels: ['exact', 'date_typo', { damerau_levenshtein: 2 }] },
        { on: 'city', levels: ['exact', { jaro_winkler: 0.9 }], term_frequency: true },
        { on: 'email', levels: ['exact', 'mailbox', { jaro_winkler: 0.92 }, { jaro_winkler: 0.8 }] },
      ],
      candidates: [
        ['email'],
        ['dob'],
        ['first_name'],
        ['surname'],
        [{ on: 'email', start: 5 }],
        ['city', { on: 'dob', start: 7 }],
        [
          { on: 'first_name', start: 2 },
          { on: 'surname', start: 2 },
        ],
      ],
      certain: [
        ['email'],
        ['first_name', 'surname', 'dob'],
        ['first_name', 'dob', 'city'],
        ['surname', 'dob', 'city'],
      ],
      recall: 0.6,
      train: [['first_name', 'surname'], ['dob'], ['email']],
    }),
  }
}

/** The 3,176 pairs of fake_1000 that Splink's authors labelled by hand and judge by, as "x,y" by position, the smaller first. */
export async function readFake1000Labels(): Promise<ReadonlySet<string>> {
  const rows = await readRows('fake_1000_labels.csv.gz')
  return new Set(
    rows.map((row) => {
      const ids = [Number(row['unique_id_l']), Number(row['unique_id_r'])]
      return `${Math.min(...ids)},${Math.max(...ids)}`
    }),
  )
}

/** Febrl's third data set: 5,000 records of 2,000 persons, up to five duplicates each. */
export async function readFebrl3(): Promise<LabelledRecords> {
  const rows = await readRows('febrl3.csv.gz')
  return {
    name: 'febrl3',
    rows,
    truth: rows.map((row) => /^rec-(\d+)-/.exec(row['rec_id'] ?? '')?.[1] ?? ''),
    matching: matchingSchema.parse({
      compare: [
        ...['given_name', 'surname', 'address_1', 'suburb'].map((on) => ({ on, levels: alikeText })),
        ...['postcode', 'date_of_birth', 'soc_sec_id'].map((on) => ({ on, levels: alikeCode })),
        { on: 'street_number', levels: ['exact'] },
      ],
      candidates: [
        ['soc_sec_id'],
        ['given_name', 'surname'],
        ['date_of_birth'],
        ['postcode', { on: 'given_name', start: 2 }],
        ['postcode', { on: 'surname', start: 2 }],
        ['suburb', 'surname'],
        ['surname', { on: 'date_of_birth', start: 4 }],
        ['given_name', { on: 'date_of_birth', start: 4 }],
        ['address_1', 'street_number'],
      ],
      certain: [
        ['soc_sec_id'],
        ['given_name', 'surname', 'date_of_birth'],
        ['given_name', 'surname', 'postcode'],
      ],
      recall: 0.9,
      train: [['date_of_birth'], ['given_name', 'surname'], ['postcode']],
    }),
  }
}

/** The records of every second person: what is learned on one half is judged on the other. */
export function halfOf(records: LabelledRecords, half: 0 | 1): LabelledRecords {
  const persons = new Map([...new Set(records.truth)].map((person, index) => [person, index % 2]))
  const kept = records.truth.flatMap((person, at) => (persons.get(person) === half ? [at] : []))
  return {
    ...records,
    rows: kept.map((at) => records.rows[at] ?? {}),
    truth: kept.map((at) => records.truth[at] ?? ''),
  }
}

/** A warehouse with the records as the table `labelled` (`id` = position). */
export async function openLabelled({
  rows,
}: LabelledRecords): Promise<{ readonly duckdb: DuckDb; readonly source: MatchSource }> {
  const duckdb = await openDuckDb({ path: ':memory:' })
  const names = Object.keys(rows[0] ?? {})
  const columns = names.map((name) => `"${name}" VARCHAR`).join(', ')
  await duckdb.run(`CREATE TABLE labelled_text (position VARCHAR, ${columns})`)
  await duckdb.append('labelled_text', {
    types: [VARCHAR, ...names.map(() => VARCHAR)],
    columns: [
      rows.map((_, position) => String(position)),
      ...names.map((name) => rows.map((row) => row[name] ?? '')),
    ],
  })
  await duckdb.run(
    `CREATE TABLE labelled AS SELECT position::BIGINT AS id, * EXCLUDE (position) FROM labelled_text`,
  )
  return { duckdb, source: { sql: 'FROM labelled', columnOf: (name) => `"${name}"` } }
}

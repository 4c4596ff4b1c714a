import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { connectedComponents } from '../../core/identity/connected-components.ts'
import { learnChances } from '../../core/identity/learn-chances.ts'
import { matchingSchema } from '../../core/identity/matching.ts'
import { levelSql } from '../../hub-server/warehouse/matching/level-sql.ts'
import { valueColumn } from '../../hub-server/warehouse/matching/linkable-columns.ts'
import { matchRecords } from '../../hub-server/warehouse/matching/match-records.ts'
import { clusterMetrics } from '../support/cluster-metrics.ts'
import {
  openLabelled,
  readFake1000,
  readFake1000Labels,
  readFebrl3,
  type LabelledRecords,
} from '../support/labelled-records.ts'
import { bestPairwise, truePairs } from '../support/linkage-quality.ts'
import { readReferenceTable } from './read-reference-table.ts'
import { answerEach, Unanswered, type AnswerArea, type ReferenceCase } from './reference-area.ts'

/** Linkage: levels and their patterns, expectation maximisation, rules and components, and what Splink reaches. */
export const answerLinkage: AnswerArea = (cases, folder) =>
  answerEach(cases, ({ input }) => (answerers[String(input['fn'])] ?? unknown)(input, folder))

type Input = ReferenceCase['input']

const unknown = (): Unanswered => new Unanswered('the project has no such function')
const absent = (name: string): Unanswered =>
  new Unanswered(`the data set ${name} is not in the reference's folder`)

const answerers: Readonly<Record<string, (input: Input, folder: string) => unknown>> = {
  comparisonVectors: answerPatterns,
  fellegiSunterEm: answerLearning,
  deterministic: answerRules,
  fellegiSunter: answerBest,
  fellegiSunterClusters: (input) => absent(String(input['data'])),
  clusterMetrics: (input) => clusterMetrics(labels.parse(input['predicted']), labels.parse(input['truth'])),
}

const labels = z.array(z.union([z.string(), z.number()]))
const lists = z.array(z.array(z.number()))

/** The levels in the words of the manifest, as the case describes them. */
const compared = [
  { on: 'first_name', levels: ['exact', { jaro_winkler: 0.92 }, { jaro_winkler: 0.8 }] },
  { on: 'surname', levels: ['exact', { jaro_winkler: 0.92 }, { jaro_winkler: 0.8 }] },
  { on: 'dob', levels: ['exact', { damerau_levenshtein: 1 }, { damerau_levenshtein: 2 }] },
  { on: 'city', levels: ['exact'] },
  { on: 'email', levels: ['exact', { damerau_levenshtein: 2 }] },
]

async function answerPatterns(): Promise<unknown> {
  const records = await readFake1000()
  const matching = matchingSchema.parse({
    compare: compared,
    candidates: [['dob']],
    certain: [['dob']],
    train: [['dob']],
  })
  const { duckdb, source } = await openLabelled(records)
  try {
    // The case compares values as they stand; matching itself would compare them in lower case, and finds 711 patterns then.
    const values = compared.map(({ on }) => `nullif(${source.columnOf(on)}, '') AS ${valueColumn(on)}`)
    await duckdb.run(
      `CREATE TEMP TABLE linkable AS SELECT id AS position, ${values.join(', ')} FROM (${source.sql})`,
    )
    const columns = matching.compare.map(
      (comparison) => `${levelSql(comparison, new Map())} AS ${comparison.on}`,
    )
    const rows = await duckdb.all<Record<string, number | bigint>>(
      `SELECT ${columns.join(', ')}, count(*) AS pairs
       FROM linkable l JOIN linkable r ON l.position < r.position GROUP BY ALL`,
    )
    const patterns = rows.map((row) => ({ row, pairs: Number(row['pairs']) }))
    return {
      pairs: patterns.reduce((sum, { pairs }) => sum + pairs, 0),
      truePairs: truePairs(records.truth),
      distinctPatterns: patterns.length,
      levelCounts: Object.fromEntries(
        matching.compare.map(({ on, levels }) => {
          const counts = Object.fromEntries(
            [-1, 0, ...levels.map((_, at) => at + 1)].map((level) => [level, 0]),
          )
          for (const { row, pairs } of patterns) {
            const level = String(row[on])
            counts[level] = (counts[level] ?? 0) + pairs
          }
          return [on, counts]
        }),
      ),
    }
  } finally {
    duckdb.close()
  }
}

const learningInput = z.object({
  patternFile: z.string(),
  lambda0: z.number(),
  m0: lists,
  u0: lists,
  fixU: z.boolean(),
  iterations: z.number().optional(),
  tolerance: z.number().optional(),
})

function answerLearning(input: Input, folder: string): unknown {
  const { patternFile, lambda0, m0, u0, fixU, iterations, tolerance } = learningInput.parse(input)
  const file = z
    .object({ patterns: lists })
    .parse(JSON.parse(readFileSync(join(folder, patternFile), 'utf8')))
  const { model, logLikelihoods } = learnChances(
    file.patterns.map((pattern) => ({ levels: pattern.slice(0, -1), pairs: pattern.at(-1) ?? 0 })),
    { prior: lambda0, comparisons: m0.map((m, index) => ({ m, u: u0[index] ?? [] })) },
    { iterations: iterations ?? 10_000, tolerance: tolerance ?? 0, fixU },
  )
  return {
    lambda: model.prior,
    m: model.comparisons.map(({ m }) => m),
    u: model.comparisons.map(({ u }) => u),
    logLik: iterations === undefined ? logLikelihoods.at(-1) : logLikelihoods,
  }
}

interface Truth {
  readonly rows: readonly Readonly<Record<string, string>>[]
  readonly truth: readonly string[]
}

async function readTruth(name: string, folder: string): Promise<Truth | undefined> {
  if (name === 'fake_1000') return readFake1000()
  if (name === 'febrl3') return readFebrl3()
  if (name === 'febrl1') {
    const rows = readRows(folder, 'data/febrl/dataset1.csv.gz')
    return { rows, truth: rows.map((row) => /^rec-(\d+)-/.exec(row['rec_id'] ?? '')?.[1] ?? '') }
  }
  return name === 'dedupe-csv' ? readSites(folder) : undefined
}

function readRows(folder: string, path: string): Record<string, string>[] {
  const [header = [], ...rows] = readReferenceTable(folder, path)
  return rows.map((row) =>
    Object.fromEntries(header.map((name, at) => [name.trim(), (row[at] ?? '').trim()])),
  )
}

const words = (text = ''): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, ' ')
    .trim()

function readSites(folder: string): Truth {
  const rows = readRows(folder, 'data/dedupe-csv/csv_example_input_with_true_ids.csv.gz')
  return {
    rows: rows.map((row) => ({
      n: words(row['Site name']),
      a: words(row['Address']),
      p: (row['Phone'] ?? '').replaceAll(/\D/g, ''),
    })),
    truth: rows.map((row) => row['True Id'] ?? ''),
  }
}

const rulesInput = z.object({ data: z.string(), rules: z.array(z.array(z.string())) })

/** Records that share the values of a rule are one person; so are those joined through others. */
async function answerRules(input: Input, folder: string): Promise<unknown> {
  const { data, rules } = rulesInput.parse(input)
  const records = await readTruth(data, folder)
  if (!records) return absent(data)
  const { rows, truth } = records
  const keys = rows.flatMap((row, recordId) =>
    rules.flatMap((columns) => {
      const values = columns.map((column) => row[column] ?? '')
      return values.includes('') ? [] : [{ recordId, kind: columns.join(), value: JSON.stringify(values) }]
    }),
  )
  const heads = connectedComponents([...rows.keys()], keys)
  const components = clusterMetrics(
    [...rows.keys()].map((at) => heads.get(at) ?? at),
    truth,
  )
  const pairs = pairsOf(keys)
  return {
    records: rows.length,
    entities: new Set(truth).size,
    truePairs: truePairs(truth),
    rulePairs: pairs.length,
    ruleTrue: pairs.filter(([one, other]) => truth[one] === truth[other]).length,
    components,
    ...components,
  }
}

/** Pairs that at least one rule finds, each once. */
function pairsOf(keys: readonly { recordId: number; kind: string; value: string }[]): [number, number][] {
  const found = new Map<string, [number, number]>()
  for (const group of Map.groupBy(keys, ({ kind, value }) => `${kind}:${value}`).values()) {
    for (const [at, one] of group.entries())
      for (const other of group.slice(at + 1))
        found.set(`${one.recordId},${other.recordId}`, [one.recordId, other.recordId])
  }
  return [...found.values()]
}

/** Best F1 of the product's own matching. The sets that Splink was given other settings for are the same records. */
async function answerBest(input: Input): Promise<unknown> {
  const [, name = '', onLabels] = /^(fake_1000|febrl3)\b(.*labels table)?/.exec(String(input['data'])) ?? []
  if (name === '') return absent(String(input['data']))
  const records = name === 'febrl3' ? await readFebrl3() : await readFake1000()
  return bestF1(records, onLabels === undefined ? undefined : await readFake1000Labels())
}

async function bestF1(records: LabelledRecords, among?: ReadonlySet<string>): Promise<number> {
  const { duckdb, source } = await openLabelled(records)
  try {
    await matchRecords(duckdb, source, records.matching)
    return (await bestPairwise(duckdb, records.truth, among)).f1
  } finally {
    duckdb.close()
  }
}

import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { parseNumber } from '../../core/profile/parse-number.ts'
import { describe } from '../../core/quality/describe.ts'
import { fingerprint, ngramFingerprint } from '../../core/quality/fingerprint.ts'
import { imputeColumns, imputeNearest, modesOf } from '../../core/quality/impute.ts'
import {
  expectedDepth,
  growIsolationForest,
  createIsolationScore,
} from '../../core/quality/isolation-forest.ts'
import { localOutlierFactors } from '../../core/quality/local-outlier-factor.ts'
import {
  iqrFences,
  isOutside,
  madFences,
  medianDeviation,
  zScoreFences,
} from '../../core/quality/outlier-fences.ts'
import { quantile, toSorted } from '../../core/quality/quantile.ts'
import { createSeededRandom } from '../../core/quality/seeded-random.ts'
import { findReferenceTable, numbersOf, readReferenceTable } from './read-reference-table.ts'
import { answerEach, Unanswered, type AnswerArea, type ReferenceCase } from './reference-area.ts'

/** Cleaning: outliers, descriptions, imputation, fingerprints, profiles of real columns. */
export const answerCleaning: AnswerArea = (cases, folder) =>
  answerEach(cases, (one) => (answerers[String(one.input['fn'])] ?? unknown)(one.input, folder))

type Input = ReferenceCase['input']

const unknown = (): Unanswered => new Unanswered('the project has no such function')
const absent = (name: string): Unanswered =>
  new Unanswered(`the data set ${name} is not in the reference's folder`)

const answerers: Readonly<Record<string, (input: Input, folder: string) => unknown>> = {
  zscore: onColumn((values, input) => answerZScore(values, Number(input['threshold']))),
  iqr: onColumn((values, input) => answerIqr(values, Number(input['k']))),
  mad: onColumn((values, input) => answerMad(values, Number(input['threshold']))),
  describe: (input, folder) => (input['data'] ? onColumn(answerDescribe)(input, folder) : answerHard(input)),
  iforestC: (input) => expectedDepth(Number(input['n'])),
  isolationForest: answerForest,
  lof: answerLof,
  impute: answerImpute,
  knnImpute: (input) => imputeNearest(matrixOf(input), Number(input['k'])),
  numericColumn: answerBlanks,
  mode: (input) => modesOf(input['x'] as string[]),
  modeOfColumns: (_, folder) => answerModes(folder),
  profile: answerRetail,
  fingerprint: (input) => fingerprint(String(input['s'])),
  ngram2_fingerprint: (input) => ngramFingerprint(String(input['s'])),
}

function onColumn(answer: (values: readonly number[], input: Input) => unknown) {
  return (input: Input, folder: string): unknown => {
    const [set = '', column = ''] = String(input['data']).split('.')
    const table = set === 'bank' ? bank(folder) : findReferenceTable(folder, set, column)
    return table ? answer(numbersOf(table, column), input) : absent(set)
  }
}

const bank = (folder: string): string[][] =>
  readReferenceTable(folder, 'data/bank-marketing/bank-full.csv.gz')

function answerZScore(values: readonly number[], threshold: number): unknown {
  const { n, mean, sd } = describe(values)
  // By the population's deviation, which the project does not use, the same rule is a little stricter.
  const sd0 = sd * Math.sqrt((n - 1) / n)
  const count0 = values.filter((value) => Math.abs(value - mean) > threshold * sd0).length
  return { mean, sd0, sd1: sd, count0, count1: countOutside(values, zScoreFences(values, threshold)) }
}

function answerIqr(values: readonly number[], k: number): unknown {
  const sorted = toSorted(values)
  const fences = iqrFences(values, k)
  return {
    q1: quantile(sorted, 0.25),
    q3: quantile(sorted, 0.75),
    ...fences,
    count: countOutside(values, fences),
    extreme3: countOutside(values, iqrFences(values, 3)),
  }
}

function answerMad(values: readonly number[], threshold: number): unknown {
  return { ...medianDeviation(values), count: countOutside(values, madFences(values, threshold)) }
}

function answerDescribe(values: readonly number[]): unknown {
  const sorted = toSorted(values)
  const q = [0.01, 0.05, 0.1, 0.5, 0.9, 0.95, 0.99].map((share) => quantile(sorted, share))
  return { ...describe(values), q }
}

const answerHard = (input: Input): unknown => describe(input['x'] as number[])

const countOutside = (values: readonly number[], fences: ReturnType<typeof iqrFences>): number =>
  values.filter((value) => isOutside(value, fences)).length

/** Rows of numbers; a missing one is written "NaN". */
const matrixOf = (input: Input): number[][] => (input['x'] as unknown[][]).map((row) => row.map(Number))

interface Labelled {
  readonly rows: readonly (readonly number[])[]
  readonly outlier: readonly boolean[]
}

function readLabelled(name: string, folder: string): Labelled {
  if (name === 'wdbc-benign+20') return readTumours(folder)
  const table = readReferenceTable(folder, `data/synthetic/${name}.csv.gz`).slice(1)
  return {
    rows: table.map((row) => row.slice(0, -1).map(Number)),
    outlier: table.map((row) => row.at(-1) === '1'),
  }
}

/** All benign rows in the order of the file, then the first 20 malignant ones (class 0). */
function readTumours(folder: string): Labelled {
  const table = readReferenceTable(folder, 'data/sklearn-toy/breast_cancer.csv').slice(1)
  const rowsOf = (label: string) => table.filter((row) => row.at(-1) === label)
  const picked = [...rowsOf('1'), ...rowsOf('0').slice(0, 20)]
  return {
    rows: picked.map((row) => row.slice(0, -1).map(Number)),
    outlier: picked.map((row) => row.at(-1) === '0'),
  }
}

function answerForest(input: Input, folder: string): number {
  const { rows, outlier } = readLabelled(String(input['data']), folder)
  const forest = growIsolationForest(rows, {
    random: createSeededRandom(1),
    trees: Number(input['trees']),
    subsample: Number(input['subsample']),
  })
  return areaUnderCurve(rows.map(createIsolationScore(forest)), outlier)
}

/** The share of pairs of an outlier and another row in which the outlier scores higher; ties count half. */
function areaUnderCurve(scores: readonly number[], positive: readonly boolean[]): number {
  const ones = scores.filter((_, at) => positive[at])
  const others = scores.filter((_, at) => !positive[at])
  let won = 0
  for (const one of ones) for (const other of others) won += one > other ? 1 : one === other ? 0.5 : 0
  return won / ones.length / others.length
}

function answerLof(input: Input, folder: string): unknown {
  const k = Number(input['k'])
  if (input['x'])
    return localOutlierFactors(matrixOf(input), k).every(Number.isFinite) ? 'finite' : 'not finite'
  const { rows, outlier } = readLabelled(String(input['data']), folder)
  const factors = localOutlierFactors(rows, k)
  return {
    first20: factors.slice(0, 20),
    max: Math.max(...factors),
    top5: largest(factors, 5),
    mean: describe(factors).mean,
    auc: areaUnderCurve(factors, outlier),
  }
}

/** Positions of the largest, largest first. */
const largest = (values: readonly number[], count: number): number[] =>
  values
    .map((value, at) => ({ value, at }))
    .sort((one, other) => other.value - one.value)
    .slice(0, count)
    .map(({ at }) => at)

function answerImpute(input: Input): unknown {
  const strategy = String(input['strategy'])
  if (strategy === 'mean' || strategy === 'median') return imputeColumns(matrixOf(input), strategy)
  return imputeColumns(matrixOf(input), 'mode')
}

/** The input reads "<set> <column>". A blank cell holds a space, and is no number. */
function answerBlanks(input: Input, folder: string): unknown {
  const [set = '', column = ''] = String(input['data']).split(' ')
  const table = findReferenceTable(folder, set, column)
  if (!table) return absent(set)
  const at = table[0]?.indexOf(column) ?? -1
  const parsed = table.slice(1).map((row) => parseNumber(row[at] ?? '', 'plain'))
  const numbers = parsed.filter((value) => typeof value === 'number')
  const { mean, median, max } = describe(numbers)
  return { rows: parsed.length, blank: parsed.length - numbers.length, mean, median, max }
}

function answerModes(folder: string): unknown {
  const table = bank(folder)
  const modeOf = (column: string) => {
    const at = table[0]?.indexOf(column) ?? -1
    return modesOf(table.slice(1).map((row) => row[at] ?? ''))[0]
  }
  const columns = ['job', 'marital', 'education', 'poutcome', 'month']
  return Object.fromEntries(columns.map((column) => [column, modeOf(column)]))
}

/** The invoices of Online Retail II are in the project, for the demo. */
async function answerRetail(): Promise<unknown> {
  const file = new URL('../../manifests/demo/data/invoices_2009_2010.csv.gz', import.meta.url)
  const invoices = parse<Record<string, string>>(gunzipSync(await readFile(file)), { columns: true })
  const distinct = (column: string) => new Set(invoices.map((one) => one[column] ?? '').filter(Boolean)).size
  return {
    rows: invoices.length,
    noCustomer: invoices.filter((one) => one['customer_id'] === '').length,
    cancelled: invoices.filter((one) => one['invoice']?.startsWith('C')).length,
    nonPositive: invoices.filter((one) => Number(one['amount']) <= 0).length,
    countries: distinct('country'),
    distinctCustomers: distinct('customer_id'),
  }
}

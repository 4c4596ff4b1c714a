/**
 * `npm run bench -- NAME [--size N] [--platform NAME] [--rate N] [--seconds N] [--events-each N] [--order pulled|live|rewritten]`: one benchmark, its figures as one JSON document on standard output. Ratios are taken inside one
 * run, so they hold on a noisy machine; absolute times are orientation.
 */
import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import packageJson from '../../package.json' with { type: 'json' }

interface BenchOptions {
  readonly size: number
  readonly platform: string
  /** Events a second, of benchmarks that send events for some time. */
  readonly rate: number
  readonly seconds: number
  /** Events of each person, of benchmarks that make people with events. */
  readonly eventsEach: number
  /** How events lie, where that is asked. */
  readonly order: 'pulled' | 'live' | 'rewritten'
}

interface Benchmark {
  readonly defaultSize: number
  readonly load: () => Promise<{
    bench(options: BenchOptions): Promise<Record<string, unknown>>
  }>
}

const benchmarks: Readonly<Record<string, Benchmark>> = {
  pull: { defaultSize: 1_000_000, load: () => import('./pull.ts') },
  segments: { defaultSize: 1_000_000, load: () => import('./segments.ts') },
  incremental: { defaultSize: 1_000_000, load: () => import('./incremental.ts') },
  'nested-segment': { defaultSize: 10_000_000, load: () => import('./nested-segment.ts') },
  diff: { defaultSize: 3_000_000, load: () => import('./diff.ts') },
  sync: { defaultSize: 1_000_000, load: () => import('./sync.ts') },
  budgets: { defaultSize: 1000, load: () => import('./budgets.ts') },
  hung: { defaultSize: 10_000, load: () => import('./hung.ts') },
  'platform-pull': { defaultSize: 1_000_000, load: () => import('./platform-pull.ts') },
  identity: { defaultSize: 1_000_000, load: () => import('./identity.ts') },
  'changed-members': { defaultSize: 100_000, load: () => import('./changed-members.ts') },
  withdrawal: { defaultSize: 100_000, load: () => import('./withdrawal.ts') },
  suppression: { defaultSize: 1_000_000, load: () => import('./suppression.ts') },
  quality: { defaultSize: 1_000_000, load: () => import('./quality.ts') },
  overlap: { defaultSize: 10_000_000, load: () => import('./overlap.ts') },
  webhooks: { defaultSize: 5000, load: () => import('./webhooks.ts') },
  live: { defaultSize: 1_000_000, load: () => import('./live.ts') },
  intake: { defaultSize: 50_000, load: () => import('./intake.ts') },
  api: { defaultSize: 1_000_000, load: () => import('./api.ts') },
  'live-count': { defaultSize: 1_000_000, load: () => import('./live-count.ts') },
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: 'string' },
    platform: { type: 'string', default: '' },
    rate: { type: 'string', default: '2000' },
    seconds: { type: 'string', default: '600' },
    'events-each': { type: 'string', default: '5' },
    order: { type: 'string', default: 'pulled' },
  },
})
const name = positionals[0] ?? ''
const benchmark = benchmarks[name]
if (!benchmark) {
  process.stderr.write(
    `Choose a benchmark: npm run bench -- ${Object.keys(benchmarks).join('|')} [--size N]\n`,
  )
  process.exit(64)
}
const size = Number(values.size ?? benchmark.defaultSize)
const loaded = await benchmark.load()
const figures = await loaded.bench({
  size,
  platform: values.platform,
  rate: Number(values.rate),
  seconds: Number(values.seconds),
  eventsEach: Number(values['events-each']),
  order: values.order === 'live' || values.order === 'rewritten' ? values.order : 'pulled',
})
const dependencies: Readonly<Record<string, string>> = packageJson.dependencies
const report = {
  benchmark: name,
  size,
  figures,
  machine: { cpu: cpus()[0]?.model, cores: cpus().length, memoryGb: Math.round(totalmem() / 2 ** 30) },
  versions: {
    affluent: packageJson.version,
    node: process.versions.node,
    duckdb: dependencies['@duckdb/node-api'],
    'libphonenumber-js': dependencies['libphonenumber-js'],
  },
}
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)

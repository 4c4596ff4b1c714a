/**
 * `npm run reference -- [--data PATH] [--area NAME,…] [--write]`: answers the cases of the reference from the project's own functions,
 * has its `compare.mjs` compare them with the oracles', and prints the counts per area; `--write` puts them into docs/benchmarks.md, and the reasons
 * into docs/reference-differences.md.
 * Exits 1 when an answer differs and no reason is given why ours is right.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { areas } from './areas.ts'
import type { AreaAnswers } from './reference-area.ts'

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/reference' },
    area: { type: 'string', default: Object.keys(areas).join(',') },
    write: { type: 'boolean', default: false },
  },
})
const folder = resolve(values.data)
const compare = join(folder, 'compare.mjs')
if (!existsSync(compare)) {
  process.stdout.write(`reference: skipped, as there is no ${compare}. Name the folder with --data PATH.\n`)
  process.exit(0)
}

const caseFile = z.object({
  cases: z.array(z.object({ id: z.string(), input: z.record(z.string(), z.unknown()) })),
})

/** Why cases of an area differ or are not answered: reason → ids. */
interface AreaReasons {
  readonly area: string
  readonly differing: Map<string, string[]>
  readonly unanswered: Map<string, string[]>
}

interface AreaCounts {
  readonly area: string
  readonly agree: number
  readonly differ: number
  readonly unanswered: number
  readonly all: number
}

/** Lets `compare.mjs` judge; its lines about single cases are "  <area> <id>: <what>   [<oracle>]". */
function judge(area: string, answered: AreaAnswers): { counts: AreaCounts; differing: string[] } {
  const temporary = mkdtempSync(join(tmpdir(), 'affluent-reference-'))
  try {
    writeFileSync(join(temporary, `${area}.json`), JSON.stringify(answered.answers, namedNumbers))
    const told = spawnSync(process.execPath, [compare, temporary, '--area', area, '--verbose'], {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    })
    const counted = new RegExp(
      `^${area}: (\\d+) agree, (\\d+) differ, (\\d+) not answered of (\\d+)$`,
      'm',
    ).exec(told.stdout)
    if (!counted) throw new Error(`comparing ${area}: ${told.stderr}${told.stdout}`)
    const [agree = 0, differ = 0, unanswered = 0, all = 0] = counted.slice(1).map(Number)
    const differing = told.stdout.split('\n').filter((line) => line.startsWith(`  ${area} `))
    return { counts: { area, agree, differ, unanswered, all }, differing }
  } finally {
    rmSync(temporary, { recursive: true })
  }
}

/** The reference writes the numbers that JSON lacks as texts. */
const namedNumbers = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value

/** A differing case counts as explained where a reason is given under its id, or under the part of it that ends with "/". */
function reasonFor(id: string, reasons: AreaAnswers['reasons']): string | undefined {
  return Object.entries(reasons).find(([key]) => key === id || (key.endsWith('/') && id.startsWith(key)))?.[1]
}

async function compareArea(
  area: string,
): Promise<{ counts: AreaCounts; unexplained: number; reasons: AreaReasons }> {
  const load = areas[area]
  if (!load) throw new Error(`there is no area ${area}: ${Object.keys(areas).join(', ')}`)
  const file = readFileSync(join(folder, 'expected', `${area}.json`), 'utf8')
  const { cases } = caseFile.parse(JSON.parse(file))
  const answered = await (await load())(cases, folder)
  const { counts, differing } = judge(area, answered)
  let unexplained = 0
  const reasons: AreaReasons = { area, differing: new Map(), unanswered: new Map() }
  for (const line of differing) {
    const id = cases
      .map((one) => one.id)
      .filter((one) => line.startsWith(`  ${area} ${one}: `))
      .reduce((longest, one) => (one.length > longest.length ? one : longest), '')
    const reason = reasonFor(id, answered.reasons)
    if (reason === undefined) unexplained += 1
    addTo(reasons.differing, reason ?? 'no reason given', id)
    process.stdout.write(`${line.trimEnd()}\n    ${reason ?? 'no reason given'}\n`)
  }
  for (const { id } of cases) {
    if (Object.hasOwn(answered.answers, id)) continue
    addTo(reasons.unanswered, reasonFor(id, answered.reasons) ?? 'no reason given', id)
  }
  for (const [reason, ids] of reasons.unanswered)
    process.stdout.write(`  ${area}: ${ids.length} not answered: ${reason}\n`)
  const { agree, differ, unanswered, all } = counts
  process.stdout.write(`${area}: ${agree} agree, ${differ} differ, ${unanswered} not answered of ${all}\n`)
  return { counts, unexplained, reasons }
}

const addTo = (ids: Map<string, string[]>, reason: string, id: string): unknown =>
  ids.set(reason, [...(ids.get(reason) ?? []), id])

const start = '<!-- reference counts: written by `npm run reference -- --write` -->'
const end = '<!-- end of reference counts -->'

/** Puts the counts of the areas that were compared into the table between the two marks; those of others stay. */
function writeCounts(counts: readonly AreaCounts[]): void {
  const path = new URL('../../docs/benchmarks.md', import.meta.url)
  const text = readFileSync(path, 'utf8')
  const [before = '', inside = '', after = ''] = text.split(new RegExp(`${start}|${end}`))
  const rows = new Map(
    inside
      .split('\n')
      .filter((line) => line.startsWith('| ') && !line.startsWith('| area') && !line.startsWith('| ---'))
      .map((line) => [line.split('|')[1]?.trim() ?? '', line]),
  )
  for (const { area, agree, differ, unanswered, all } of counts) {
    rows.set(area, `| ${area} | ${all} | ${agree} | ${differ} | ${unanswered} |`)
  }
  const table = ['| area | cases | agree | differ | not answered |', '| --- | --- | --- | --- | --- |']
  const lines = [...table, ...[...rows.values()].sort()]
  writeFileSync(path, `${before}${start}\n\n${lines.join('\n')}\n\n${end}${after}`)
}

const introduction = `# Where answers differ from the reference

\`npm run reference\` compares what the project's own functions answer with what other programs answer, and fails where an answer differs
without a reason. These are the reasons. The page is written by \`npm run reference -- --write\`; the counts are in
[benchmarks.md](benchmarks.md).
`

const list = (title: string, ids: ReadonlyMap<string, readonly string[]>): string[] =>
  ids.size === 0
    ? []
    : [
        `${title}:`,
        '',
        ...[...ids].map(([reason, cases]) => `- ${reason}: ${cases.map((id) => `\`${id}\``).join(', ')}`),
        '',
      ]

/** The page of all reasons, which takes a run over all areas. */
function writeReasons(all: readonly AreaReasons[]): void {
  const sections = all
    .filter(({ differing, unanswered }) => differing.size + unanswered.size > 0)
    .toSorted((one, other) => (one.area < other.area ? -1 : 1))
    .flatMap(({ area, differing, unanswered }) => [
      `## ${area}`,
      '',
      ...list('Ours differs', differing),
      ...list('Not answered', unanswered),
    ])
  const path = new URL('../../docs/reference-differences.md', import.meta.url)
  writeFileSync(path, `${introduction}\n${sections.join('\n').trimEnd()}\n`)
}

const compared: AreaCounts[] = []
const reasons: AreaReasons[] = []
let unexplained = 0
for (const area of values.area.split(',')) {
  const done = await compareArea(area)
  compared.push(done.counts)
  reasons.push(done.reasons)
  unexplained += done.unexplained
}
if (values.write) writeCounts(compared)
if (values.write && Object.keys(areas).every((area) => reasons.some((one) => one.area === area)))
  writeReasons(reasons)
process.exitCode = unexplained > 0 ? 1 : 0

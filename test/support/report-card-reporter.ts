import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import type { Reporter, TestCase, TestModule } from 'vitest/node'
import { replaceCardPart, type CardPart } from './card-part.ts'
import type { Figure } from './report-figure.ts'

interface Line extends Figure {
  readonly state: string
  readonly test: string
}

/** What stands above the table of each part. */
const introductions: Readonly<Record<CardPart, string>> = {
  ordinary:
    'Written by `npm run report` from the figures that the numbered checks measure; nothing here is typed by hand. A check that fails stands here as failed.',
  soak: 'Written by `npm run report:soak`, which runs the checks that the test command makes smaller at the sizes that they are asked for with; what stands beside them in a file of tests is measured again.',
}

/**
 * Prints the figure of each numbered check at the end of a run. With REPORT_CARD set to a file's name (`npm run report`,
 * `npm run report:soak`) it writes them there as a table, with the machine they were taken on, and leaves the other part of the card as it is.
 */
export default class ReportCardReporter implements Reporter {
  readonly #part: CardPart

  constructor({ part = 'ordinary' }: { readonly part?: CardPart } = {}) {
    this.#part = part
  }

  onTestRunEnd(testModules: readonly TestModule[]): void {
    const lines = testModules
      .flatMap((testModule) => [...testModule.children.allTests()].flatMap(toLines))
      .toSorted(
        (left, right) => left.check.localeCompare(right.check) || left.claim.localeCompare(right.claim),
      )
    for (const line of lines)
      process.stdout.write(`${line.check} ${line.claim}: ${told(line)} (${line.target})\n`)
    const file = process.env['REPORT_CARD']
    if (file === undefined || file === '') return
    const known = existsSync(file) ? readFileSync(file, 'utf8') : ''
    writeFileSync(file, replaceCardPart(known, this.#part, toText(introductions[this.#part], lines)))
  }
}

function toLines(test: TestCase): Line[] {
  const { figures = [] } = test.meta()
  return figures.map((figure) => ({ ...figure, state: test.result().state, test: test.name }))
}

function told({ value, of, unit, seed }: Line): string {
  const number = new Intl.NumberFormat('en', { maximumFractionDigits: 2 })
  const counted = of === undefined ? '' : ` of ${number.format(of)}`
  const measured = unit === undefined ? '' : ` ${unit}`
  return `${number.format(value)}${measured}${counted}${seed === undefined ? '' : `, seed ${seed}`}`
}

const inCell = (text: string): string => text.replaceAll('|', '\\|')

function toText(introduction: string, lines: readonly Line[]): string {
  const rows = lines.map(
    (line) =>
      `| ${line.check} | ${inCell(line.claim)} | ${told(line)} | ${inCell(line.target)} | ${line.state} |`,
  )
  return `${introduction}

| check | what | figure | must be | test |
| --- | --- | --- | --- | --- |
${rows.join('\n')}

Machine: ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GB memory, Node ${process.versions.node}, ${process.platform}.`
}

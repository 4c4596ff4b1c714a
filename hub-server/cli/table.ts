import { oneLine } from '../locales/one-line.ts'
import type { Terminal } from './terminal.ts'

/** Rows in columns as wide as their widest cell, under a bold header. */
export function showTable(
  terminal: Terminal,
  header: readonly string[],
  written: readonly (readonly string[])[],
): void {
  const rows = written.map((row) => row.map(oneLine))
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  terminal.say(terminal.style('bold', line(header)))
  for (const row of rows) terminal.say(line(row))
}

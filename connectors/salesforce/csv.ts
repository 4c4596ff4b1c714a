/** CSV as the Bulk API 2.0 writes and reads it: comma, LF, quotes doubled, header first. */

/** One line of values. Everything is quoted, so that no value can be taken for syntax. */
export const toCsvLine = (values: readonly string[]): string =>
  `${values.map((value) => `"${value.replaceAll('"', '""')}"`).join(',')}\n`

/** Rows of a CSV text as objects by header. Values are texts; an empty cell is "". Rows shorter than the header lack the rest. */
export function parseCsv(text: string): Record<string, string>[] {
  const [header = [], ...lines] = parseLines(text)
  return lines.map((cells) =>
    Object.fromEntries(
      header.flatMap((name, place) => {
        const cell = cells[place]
        return cell === undefined ? [] : [[name, cell] as const]
      }),
    ),
  )
}

const cell = /"((?:[^"]|"")*)"|([^",\r\n]*)/y

function parseLines(text: string): string[][] {
  const lines: string[][] = []
  let line: string[] = []
  let place = 0
  while (place < text.length) {
    cell.lastIndex = place
    const match = cell.exec(text)
    line.push(match?.[1] === undefined ? (match?.[2] ?? '') : match[1].replaceAll('""', '"'))
    place = cell.lastIndex
    const isEnd = text[place] !== ','
    place += text.startsWith('\r\n', place) ? 2 : 1
    if (isEnd) {
      lines.push(line)
      line = []
    }
  }
  if (line.length > 0) lines.push([...line, ''])
  return lines
}

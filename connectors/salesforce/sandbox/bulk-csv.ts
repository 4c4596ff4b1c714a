/** CSV of the Bulk API, as simple as a sandbox may have it. */

export const csvLine = (cells: readonly string[]): string =>
  `${cells.map((cell) => (/[",\r\n]/.test(cell) || cell === '' ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\n`

/** Rows by header. */
export function readCsv(text: string): Readonly<Record<string, string>>[] {
  const lines: string[][] = [[]]
  let cell = ''
  let quoted = false
  for (let place = 0; place < text.length; place += 1) {
    const letter = text.charAt(place)
    if (quoted) {
      if (letter !== '"') cell += letter
      else if (text.charAt(place + 1) === '"') {
        cell += '"'
        place += 1
      } else quoted = false
    } else if (letter === '"') quoted = true
    else if (letter === ',' || letter === '\n') {
      lines.at(-1)?.push(cell)
      cell = ''
      if (letter === '\n') lines.push([])
    } else if (letter !== '\r') cell += letter
  }
  if (cell !== '') lines.at(-1)?.push(cell)
  const [header = [], ...rows] = lines.filter((line) => line.length > 0)
  return rows.map((cells) => Object.fromEntries(header.map((name, index) => [name, cells[index] ?? ''])))
}

/** Parts of a multipart body by name, as texts. */
export function readMultipart(
  text: string,
  contentType: string,
): ReadonlyMap<string, { readonly fileName: string | undefined; readonly text: string }> {
  const boundary = /boundary="?([^";]+)"?/.exec(contentType)?.[1]
  const parts = new Map<string, { fileName: string | undefined; text: string }>()
  if (boundary === undefined) return parts
  for (const part of text.split(`--${boundary}`).slice(1, -1)) {
    const end = part.indexOf('\r\n\r\n')
    const head = part.slice(0, end)
    const name = /name="([^"]*)"/.exec(head)?.[1]
    if (end < 0 || name === undefined) continue
    // The line break before the next boundary belongs to the boundary.
    parts.set(name, { fileName: /filename="([^"]*)"/.exec(head)?.[1], text: part.slice(end + 4, -2) })
  }
  return parts
}

/** Rows of a CSV text with quoted cells (RFC 4180). */
export function readCsv(text: string): string[][] {
  const rows: string[][] = []
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y
  let row: string[] = []
  while (cell.lastIndex < text.length) {
    const match = cell.exec(text)
    if (!match) break
    const [, quoted, plain = '', end] = match
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    if (end === ',') continue
    rows.push(row)
    row = []
  }
  return rows
}

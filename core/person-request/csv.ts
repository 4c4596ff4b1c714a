import type { JsonValue } from '../port/json.ts'

/**
 * What a spreadsheet would take for a formula (https://owasp.org/www-community/attacks/CSV_Injection): one of its signs, also in the wide
 * and small forms that some of them read alike, behind spaces and characters that nobody sees; or a control character in front. A leading
 * plus or minus is harmless before digits, as phone numbers and amounts have it.
 */
const formula = /^[\t\r\n]|^[\s\p{Cf}\p{Cc}]*(?:[=@＝＠﹦﹫]|[+＋﹢\-－﹣−](?![\d\s().-]*$))/u

/**
 * What becomes of texts that a spreadsheet would run. `guarded`: they begin with an apostrophe. `kept`: they are as they were told, which
 * only a program may read: opened in a spreadsheet, a name that somebody typed into a form could call a command or send cells away.
 */
export type FormulaRule = 'guarded' | 'kept'

/** A table as CSV (RFC 4180): quoted where needed, lines end in CRLF. */
export function toCsv(
  columns: readonly string[],
  rows: readonly (readonly JsonValue[])[],
  formulas: FormulaRule = 'guarded',
): string {
  const toLine = (row: readonly JsonValue[]): string =>
    `${row.map((value) => toField(value, formulas)).join(',')}\r\n`
  return [columns, ...rows].map(toLine).join('')
}

function toField(value: JsonValue, formulas: FormulaRule): string {
  const text = value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)
  const isRun = formulas === 'guarded' && typeof value !== 'number' && formula.test(text)
  const safe = isRun ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

import type { JsonValue } from '../port/json.ts'

/**
 * What a spreadsheet would take for a formula (https://owasp.org/www-community/attacks/CSV_Injection): one of its signs, also in the wide
 * and small forms that some of them read alike, behind spaces and characters that nobody sees; or a control character in front. A leading
 * plus or minus is harmless before digits, as phone numbers and amounts have it.
 */
const formula = /^[\t\r\n]|^[\s\p{Cf}\p{Cc}]*(?:[=@＝＠﹦﹫]|[+＋﹢\-－﹣−](?![\d\s().-]*$))/u

/** A table as CSV (RFC 4180): quoted where needed, lines end in CRLF. Texts that a spreadsheet would run begin with an apostrophe. */
export function toCsv(columns: readonly string[], rows: readonly (readonly JsonValue[])[]): string {
  return [columns, ...rows].map((row) => `${row.map(toField).join(',')}\r\n`).join('')
}

function toField(value: JsonValue): string {
  const text = value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)
  const safe = typeof value !== 'number' && formula.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

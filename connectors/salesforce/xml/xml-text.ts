/** Names as Salesforce uses them, with their prefix: letters, digits, "_", ".", "-" and one ":". */
export const xmlName = '[A-Za-z_][\\w.-]*(?::[A-Za-z_][\\w.-]*)?'

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** Text with its references replaced; undefined when one is none of XML's own, or when a character may not stand in XML. */
export function unescapeXml(text: string): string | undefined {
  let isFaulty = false
  const plain = text.replace(/&(?<reference>[^;&]{0,10});?/g, (whole, reference: string) => {
    const character = whole.endsWith(';') ? characterOf(reference) : undefined
    if (character === undefined) isFaulty = true
    return character ?? ''
  })
  return isFaulty || forbidden.test(plain) ? undefined : plain
}

/** https://www.w3.org/TR/xml/#charsets */
const forbidden = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/ // oxlint-disable-line no-control-regex

function characterOf(reference: string): string | undefined {
  const named = entities[reference]
  if (named !== undefined) return named
  const match = /^#(?:x(?<hex>[\da-fA-F]{1,6})|(?<decimal>\d{1,7}))$/.exec(reference)?.groups
  if (!match) return undefined
  const point = match['hex'] === undefined ? Number(match['decimal']) : Number.parseInt(match['hex'], 16)
  const isCharacter = point > 0 && point <= 0x10_ff_ff && !(point >= 0xd8_00 && point <= 0xdf_ff)
  return isCharacter ? String.fromCodePoint(point) : undefined
}

/** What stands in an opening tag behind its name; undefined when a name comes twice or a value is faulty. */
export function parseAttributes(text: string): Record<string, string> | undefined {
  const attributes = new Map<string, string>()
  for (const { groups } of text.matchAll(/(?<name>[^\s=]+)=(?:"(?<double>[^"]*)"|'(?<single>[^']*)')/g)) {
    const name = groups?.['name'] ?? ''
    const value = unescapeXml(groups?.['double'] ?? groups?.['single'] ?? '')
    if (value === undefined || attributes.has(name)) return undefined
    attributes.set(name, value)
  }
  return Object.fromEntries(attributes)
}

/** Text as it may stand between tags or in a quoted attribute. */
export const escapeXml = (text: string): string =>
  text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)

import { parseAttributes, unescapeXml, xmlName } from './xml-text.ts'

/** An element with what stands in it. Names keep their prefix ("sf:Id"). */
export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  /** The text of the element itself, without that of its children. */
  readonly text: string
}

export interface XmlLimits {
  readonly bytes: number
  readonly elements: number
  readonly depth: number
}

interface OpenElement extends XmlElement {
  readonly children: XmlElement[]
  text: string
}

/** The parts of a document in their order: comment, closing tag, opening tag, text. */
const part = new RegExp(
  [
    '<!--(?:(?!--)[^])*-->',
    `</(?<closed>${xmlName})[ \\t\\r\\n]*>`,
    `<(?<opened>${xmlName})(?<attributes>(?:[ \\t\\r\\n]+${xmlName}=(?:"[^"<]*"|'[^'<]*'))*)[ \\t\\r\\n]*(?<empty>/?)>`,
    '(?<text>[^<]+)',
  ].join('|'),
  'y',
)

const declaration =
  /^\uFEFF?(?:<\?xml version=["']1\.0["'](?: encoding=["']utf-8["'])?(?: standalone=["'](?:yes|no)["'])?\s*\?>\s*)?/i

/**
 * Reads an XML document that a stranger may have written. Elements, attributes, text, comments and the five entities of XML itself are
 * read; a document type, other entities, processing instructions and CDATA are refused, and with them everything that reads files or grows. Undefined
 * when it is not well-formed, not UTF-8 or beyond a limit. Never throws.
 */
export function readXml(body: Uint8Array, limits: XmlLimits): XmlElement | undefined {
  const text = body.byteLength > limits.bytes ? undefined : decode(body)
  return text === undefined ? undefined : readDocument(text, limits)
}

function readDocument(text: string, { elements, depth }: XmlLimits): XmlElement | undefined {
  const holder: OpenElement = { name: '', attributes: {}, children: [], text: '' }
  const open = [holder]
  let count = 0
  part.lastIndex = declaration.exec(text)?.[0].length ?? 0
  while (part.lastIndex < text.length) {
    const groups = part.exec(text)?.groups
    if (!groups || !take(groups, open)) return undefined
    if (groups['opened'] !== undefined) count += 1
    if (count > elements || open.length > depth + 1) return undefined
  }
  return open.length === 1 ? onlyRoot(holder) : undefined
}

function onlyRoot({ children, text }: XmlElement): XmlElement | undefined {
  return children.length === 1 && text.trim() === '' ? children[0] : undefined
}

/** Takes one part of the document, a comment being one without groups; false when it stands in a wrong place. */
function take(groups: Readonly<Record<string, string | undefined>>, open: OpenElement[]): boolean {
  const parent = open.at(-1)
  const { closed, opened, attributes = '', empty, text } = groups
  if (!parent) return false
  if (text !== undefined) {
    const plain = unescapeXml(text)
    parent.text += plain ?? ''
    return plain !== undefined
  }
  if (closed !== undefined) return open.pop()?.name === closed
  if (opened === undefined) return true
  const read = parseAttributes(attributes)
  if (!read) return false
  const element: OpenElement = { name: opened, attributes: read, children: [], text: '' }
  parent.children.push(element)
  if (empty === '') open.push(element)
  return true
}

function decode(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return undefined
  }
}

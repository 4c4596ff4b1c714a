import { basename, dirname } from 'node:path/posix'
import { readXml, type XmlElement } from '../../../../../connectors/salesforce/xml/read-xml.ts'
import { complexElements, metadataTypes, type MetadataType } from './metadata-types.ts'

/** A component of the source: its file, its type and its name. */
export interface Component {
  readonly path: string
  readonly type: MetadataType
  /** As other files refer to it: "Contact.Hub_Person_Id__c". */
  readonly name: string
  readonly content: XmlElement
}

const namespace = 'http://soap.sforce.com/2006/04/metadata'
const limits = { bytes: 262_144, elements: 5000, depth: 4 }

/** Further files of an Aura bundle, beside its description. */
const bundleFile = /\/aura\/(?<bundle>\w+)\/\k<bundle>(?:\.cmp|\.design|Controller\.js)$/

/**
 * Reads the source of a DX project, path → text, and tells what Salesforce would refuse of it: what is no component, is not
 * well-formed, has an element that its type has not, lacks one, or has them in another order than Salesforce's tools write.
 */
export function checkSource(files: ReadonlyMap<string, string>): {
  readonly components: readonly Component[]
  readonly faults: readonly string[]
} {
  const components: Component[] = []
  const faults: string[] = []
  for (const [path, text] of files) {
    if (bundleFile.test(path)) continue
    const type = metadataTypes.find((one) => isOf(one, path))
    const content = readXml(new TextEncoder().encode(text), limits)
    if (!type) faults.push(`${path}: no known component`)
    else if (!content) faults.push(`${path}: not well-formed`)
    else {
      faults.push(...checkContent(type, content).map((fault) => `${path}: ${fault}`))
      components.push({ path, type, name: nameOf(type, path), content })
    }
  }
  return { components, faults }
}

const isOf = ({ folder, suffix }: MetadataType, path: string): boolean => {
  const parent = dirname(path)
  const holder = suffix === 'cmp' ? dirname(parent) : parent
  return path.endsWith(`.${suffix}-meta.xml`) && basename(holder) === folder
}

function nameOf({ suffix }: MetadataType, path: string): string {
  const name = basename(path, `.${suffix}-meta.xml`)
  return suffix === 'field' ? `${basename(dirname(dirname(path)))}.${name}` : name
}

function checkContent(type: MetadataType, content: XmlElement): string[] {
  const names = content.children.map(({ name }) => name)
  const repeated = names.filter((name, place) => names.indexOf(name) < place && !type.lists?.includes(name))
  return [
    ...(content.name === type.name ? [] : [`root is ${content.name}`]),
    ...(content.attributes['xmlns'] === namespace ? [] : ['another namespace']),
    ...(content.text.trim() === '' ? [] : ['text between elements']),
    ...type.required.filter((name) => !names.includes(name)).map((name) => `lacks ${name}`),
    ...repeated.map((name) => `${name} twice`),
    ...(isOrdered(names) ? [] : [`order ${names.join(' ')}`]),
    ...content.children.flatMap((child) => checkElement(type, child)),
  ]
}

/** By name; a field's own name first. */
function isOrdered(names: readonly string[]): boolean {
  const rest = names[0] === 'fullName' ? names.slice(1) : names
  return rest.every((name, place) => place === 0 || (rest[place - 1] ?? '') <= name)
}

function checkElement(type: MetadataType, child: XmlElement): string[] {
  const allowed = type.elements[child.name]
  if (allowed === undefined) return [`no element ${child.name}`]
  if (allowed === 'complex') {
    const names = child.children.map(({ name }) => name).join(' ')
    return names === complexElements[child.name]?.join(' ') ? [] : [`${child.name} of ${names}`]
  }
  return child.children.length === 0 && allowed.test(child.text) ? [] : [`${child.name} is "${child.text}"`]
}

/** Text of the first element of this name; '' when there is none. */
export const valueOf = ({ children }: XmlElement, name: string): string =>
  children.find((child) => child.name === name)?.text ?? ''

/** Texts of all elements of this name. */
export const valuesOf = ({ children }: XmlElement, name: string): readonly string[] =>
  children.filter((child) => child.name === name).map(({ text }) => text)

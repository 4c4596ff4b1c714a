import type { SandboxReply } from '../../sandbox-kit/sandbox-server.ts'
import { wrongParameter } from './graph-error.ts'
import type { Parameters } from './request-parameters.ts'
import { readObject } from './request-parameters.ts'

/** Multi-keys of the documentation and whether their values must be hashed, in the order of row keys. */
const keys: Readonly<Record<string, 'hashed' | 'plain' | 'setting'>> = {
  EXTERN_ID: 'plain',
  EMAIL: 'hashed',
  PHONE: 'hashed',
  MADID: 'plain',
  GEN: 'hashed',
  DOBY: 'hashed',
  DOBM: 'hashed',
  DOBD: 'hashed',
  LN: 'hashed',
  FN: 'hashed',
  FI: 'hashed',
  CT: 'hashed',
  ST: 'hashed',
  ZIP: 'hashed',
  COUNTRY: 'hashed',
  APPUID: 'plain',
  PAGEUID: 'plain',
  LOOKALIKE_VALUE: 'setting',
  DATA_PROCESSING_OPTIONS: 'setting',
  DATA_PROCESSING_OPTIONS_COUNTRY: 'setting',
  DATA_PROCESSING_OPTIONS_STATE: 'setting',
}
const keyOrder = Object.keys(keys)

/** Single keys, which come as a text instead of a list. */
const singleKeys: Readonly<Record<string, string>> = {
  EMAIL_SHA256: 'EMAIL',
  PHONE_SHA256: 'PHONE',
  MOBILE_ADVERTISER_ID: 'MADID',
  EXTERN_ID: 'EXTERN_ID',
}

const identifying = new Set(['EXTERN_ID', 'EMAIL', 'PHONE', 'MADID'])
const maxRows = 10_000
const maxSamples = 100

/** The rows of an upload: keys of those that can match somebody, samples of the others. */
export interface UserRows {
  readonly received: number
  readonly members: readonly string[]
  /** For each member: the values that may name it when other columns differ. */
  readonly identities: readonly (readonly string[])[]
  /** For each member: what they are worth, and the Limited Data Use of the row ("LDU 1 1000", "off"). */
  readonly values: readonly (number | undefined)[]
  readonly dataUse: readonly string[]
  readonly hasValues: boolean
  readonly invalid: number
  readonly samples: Readonly<Record<string, string>>
}

/** Reads the parameter `payload`, or says in Meta's words what is wrong with it as a whole. A bad row is only counted. */
export function readUserRows(parameters: Parameters): UserRows | { readonly refused: SandboxReply } {
  const payload = readObject(parameters['payload'])
  if (!payload) return { refused: wrongParameter('The parameter payload is required.') }
  // Raw values would have to be hashed by Meta's rules, of which a copy here could only agree with ours.
  if (payload['is_raw'] === true || payload['is_raw'] === 'true')
    return { refused: wrongParameter('The sandbox takes no raw values.') }
  const schema = readSchema(payload['schema'])
  if (!schema) return { refused: wrongParameter('Param payload[schema] has an unknown key.') }
  const { data } = payload
  if (!Array.isArray(data) || data.length === 0)
    return { refused: wrongParameter('Param payload[data] must be a non-empty array.') }
  if (data.length > maxRows)
    return { refused: wrongParameter(`Param payload[data] has more than ${maxRows} rows.`) }
  const rows = data.map((row: unknown): readonly unknown[] => (Array.isArray(row) ? row : [row]))
  if (rows.some((row) => row.length !== schema.length))
    return { refused: wrongParameter('Each row of payload[data] must have as many columns as the schema.') }
  return sortRows(schema, rows)
}

const isKey = (name: string): boolean => Object.hasOwn(keys, name)

function readSchema(schema: unknown): readonly string[] | undefined {
  if (typeof schema === 'string') {
    const single = Object.hasOwn(singleKeys, schema) ? singleKeys[schema] : schema
    return single !== undefined && isKey(single) ? [single] : undefined
  }
  if (!Array.isArray(schema) || schema.length === 0) return undefined
  const names = schema.map(String)
  return names.every(isKey) && new Set(names).size === names.length ? names : undefined
}

function sortRows(schema: readonly string[], rows: readonly (readonly unknown[])[]): UserRows {
  const columns = schema
    .map((name, index) => ({ name, index }))
    .sort((a, b) => keyOrder.indexOf(a.name) - keyOrder.indexOf(b.name))
  const members: string[] = []
  const identities: (readonly string[])[] = []
  const values: (number | undefined)[] = []
  const dataUse: string[] = []
  const samples: Record<string, string> = {}
  let invalid = 0
  for (const row of rows) {
    if (columns.every(({ name, index }) => isWellFormed(name, row[index])) && namesSomebody(columns, row)) {
      const filled = columns.filter(({ name, index }) => keys[name] !== 'setting' && row[index] !== '')
      members.push(filled.map(({ index }) => String(row[index])).join('|'))
      identities.push(
        filled.filter(({ name }) => identifying.has(name)).map(({ index }) => String(row[index])),
      )
      const setting = (name: string): unknown => row[schema.indexOf(name)]
      const value = setting('LOOKALIKE_VALUE')
      values.push(typeof value === 'number' ? value : undefined)
      dataUse.push(readDataUse(setting))
    } else {
      invalid += 1
      if (invalid <= maxSamples) samples[JSON.stringify(row)] = 'invalid entry'
    }
  }
  const hasValues = schema.includes('LOOKALIKE_VALUE')
  return { received: rows.length, members, identities, values, dataUse, hasValues, invalid, samples }
}

/** Left out or an empty list is off. */
function readDataUse(setting: (name: string) => unknown): string {
  const options = setting('DATA_PROCESSING_OPTIONS')
  if (!Array.isArray(options) || options.length === 0) return 'off'
  const place = ['COUNTRY', 'STATE'].map((part) => String(setting(`DATA_PROCESSING_OPTIONS_${part}`)))
  return [...options.map(String), ...place].join(' ')
}

/** Lower-case hex where a hash is due; nothing is hashed, trimmed or lowered here, as Meta does not either. */
function isWellFormed(name: string, value: unknown): boolean {
  if (keys[name] === 'setting') return isSetting(name, value)
  if (value === '') return true
  if (typeof value !== 'string') return false
  if (keys[name] === 'hashed') return /^[0-9a-f]{64}$/.test(value)
  return name !== 'MADID' || /^[0-9a-f-]{36}$/.test(value)
}

/** A value is 0 or more; LDU stands in a list of its own, with two whole numbers beside it. */
function isSetting(name: string, value: unknown): boolean {
  if (name === 'DATA_PROCESSING_OPTIONS')
    return Array.isArray(value) && (value.length === 0 || (value.length === 1 && value[0] === 'LDU'))
  if (name === 'LOOKALIKE_VALUE') return typeof value === 'number' && value >= 0
  return Number.isSafeInteger(value)
}

function namesSomebody(
  columns: readonly { readonly name: string; readonly index: number }[],
  row: readonly unknown[],
): boolean {
  return columns.some(({ name, index }) => keys[name] !== 'setting' && row[index] !== '')
}

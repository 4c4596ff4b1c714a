import type { SandboxReply } from '../../sandbox-kit/sandbox-server.ts'
import { toObjectName, type Org, type OrgRecord, type Value } from './org.ts'
import { toLongId, type ObjectName } from './record-id.ts'
import { salesforceError } from './salesforce-error.ts'
import { parseSoql, type Condition, type Literal, type SelectQuery } from './soql-parser.ts'

/** What a query found: records as they stood, and how they are shown. */
export interface QueryResult {
  readonly object: ObjectName
  readonly records: readonly OrgRecord[]
  readonly fields: readonly string[]
}

/** Runs a query, or says why it cannot be run. `all`: deleted rows too. */
export function runSoql(
  org: Org,
  soql: string,
  options: { readonly all: boolean; readonly now: number },
): QueryResult | SandboxReply {
  const query = parseSoql(soql)
  if (!query) return salesforceError(400, 'MALFORMED_QUERY', 'unexpected token')
  const object = toObjectName(query.object)
  if (!object) return salesforceError(400, 'INVALID_TYPE', `sObject type '${query.object}' is not supported.`)
  const unknown = namesIn(query).find((name) => !isKnown(org, object, name))
  if (unknown !== undefined)
    return salesforceError(400, 'INVALID_FIELD', `No such column '${unknown}' on entity '${object}'.`)
  const holds = query.where ? compile(org, object, query.where) : () => true
  const records = [...org.all(object).values()].filter(
    (record) => record.visibleAt <= options.now && (options.all || !record.deleted) && holds(record),
  )
  sort(org, object, records, query)
  return {
    object,
    records: query.limit === undefined ? records : records.slice(0, query.limit),
    fields: query.fields,
  }
}

function namesIn({ fields, where, orderBy }: SelectQuery): string[] {
  const inside = (condition: Condition): string[] =>
    'parts' in condition ? condition.parts.flatMap(inside) : [condition.field]
  return [...fields, ...(where ? inside(where) : []), ...orderBy.map(({ field }) => field)]
}

function isKnown(org: Org, object: ObjectName, name: string): boolean {
  const [parent = '', ...rest] = name.toLowerCase().split('.')
  if (rest.length === 0) return org.fieldsOf(object).has(parent)
  return [...org.fieldsOf(object).values()].some(
    ({ relationshipName }) => relationshipName?.toLowerCase() === parent,
  )
}

type Test = (record: OrgRecord) => boolean

function compile(org: Org, object: ObjectName, condition: Condition): Test {
  if ('parts' in condition) {
    const tests = condition.parts.map((part) => compile(org, object, part))
    return condition.kind === 'and'
      ? (record) => tests.every((test) => test(record))
      : (record) => tests.some((test) => test(record))
  }
  const { field } = condition
  const isId = ['id', 'reference'].includes(org.fieldsOf(object).get(field.toLowerCase())?.type ?? '')
  if (condition.kind === 'in') {
    const wanted = new Set(condition.values.map((value) => comparable(value, isId)))
    return (record) => wanted.has(comparable(org.value(object, record, field), isId))
  }
  const right = comparable(condition.value, isId)
  const isTime = typeof condition.value === 'object' && condition.value !== null
  return (record) => {
    const value = org.value(object, record, field)
    const left = isTime ? Date.parse(String(value)) : comparable(value, isId)
    return compare(left, condition.op, right)
  }
}

/** Texts are compared without their case, ids in their 18-character form. */
function comparable(value: Literal, isId: boolean): Value {
  if (typeof value === 'object' && value !== null) return value.instant
  if (typeof value !== 'string') return value
  return isId ? toLongId(value) : value.toLowerCase()
}

function compare(left: Value, op: string, right: Value): boolean {
  if (op === '=') return left === right
  if (op === '!=') return left !== right
  if (left === null || right === null) return false
  if (op === '<') return left < right
  if (op === '<=') return left <= right
  return op === '>' ? left > right : left >= right
}

function sort(org: Org, object: ObjectName, records: OrgRecord[], { orderBy }: SelectQuery): void {
  if (orderBy.length === 0) return
  // The order that reading asks for, without making texts of a million stamps.
  const byStamp = orderBy.map(({ field }) => field.toLowerCase()).join(',') === 'systemmodstamp,id'
  if (byStamp) records.sort((a, b) => a.stamp - b.stamp || (a.id < b.id ? -1 : 1))
  else
    records.sort((a, b) => {
      for (const { field, descending } of orderBy) {
        const [left, right] = [org.value(object, a, field), org.value(object, b, field)]
        if (left !== right) return (String(left) < String(right) ? -1 : 1) * (descending ? -1 : 1)
      }
      return 0
    })
}

/** A record as JSON: `attributes`, then the asked fields; parents nested. */
export function toRow(
  org: Org,
  { object, fields }: Pick<QueryResult, 'object' | 'fields'>,
  record: OrgRecord,
): Record<string, unknown> {
  const row: Record<string, unknown> = {
    attributes: { type: object, url: `/services/data/v67.0/sobjects/${object}/${record.id}` },
  }
  for (const name of fields) {
    const [parent = '', ...rest] = name.split('.')
    const value = org.value(object, record, name)
    if (rest.length === 0) row[org.fieldsOf(object).get(name.toLowerCase())?.name ?? name] = value
    else row[parent] = { attributes: { type: parent }, [rest.join('.')]: value }
  }
  return row
}

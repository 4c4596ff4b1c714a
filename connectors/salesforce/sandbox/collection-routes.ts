import { z } from 'zod'
import type { SandboxReply, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { toObjectName, type Fields, type Org } from './org.ts'
import { dataPath } from './query-routes.ts'
import { prefixes, type ObjectName } from './record-id.ts'
import { withoutAttributes } from './record-routes.ts'
import { toRow } from './run-soql.ts'
import { salesforceError, saveError } from './salesforce-error.ts'
import {
  deleteRecord,
  insertRecord,
  recordBody,
  refused,
  unknownField,
  updateRecord,
  upsertRecord,
  type SaveResult,
} from './save-record.ts'

/** Records of one call (2.5). */
const mostRecords = 200
const collectionBody = z.object({
  allOrNone: z.boolean().default(false),
  records: z.array(z.looseObject({ attributes: z.object({ type: z.string() }) })),
})
const retrieveBody = z.object({ ids: z.array(z.string()).max(2000), fields: z.array(z.string()) })

interface Item {
  readonly object: ObjectName
  readonly fields: Fields
}

const route = (method: string, path: string, answer: SandboxRoute['answer']): SandboxRoute => ({
  method,
  pattern: new RegExp(`^${dataPath}/composite/sobjects${path}$`),
  answer,
})

/** sObject Collections: answers in the order of the records. */
export function collectionRoutes(org: Org): SandboxRoute[] {
  return [
    route('POST', '', ({ body }) =>
      each(org, body, ({ object, fields }) => insertRecord(org, object, fields)),
    ),
    route('PATCH', '', ({ body }) =>
      each(org, body, ({ object, fields: { Id, ...fields } }) =>
        updateRecord(org, object, String(Id ?? ''), fields),
      ),
    ),
    route('PATCH', '/(?<object>\\w+)/(?<field>\\w+)', ({ params, body }) =>
      upsertAll(org, params['field'] ?? '', body),
    ),
    route('DELETE', '', ({ query }) => deleteAll(org, query.get('ids') ?? '')),
    route('POST', '/(?<object>\\w+)', ({ params, body }) => retrieve(org, params['object'] ?? '', body)),
  ]
}

function readItems(org: Org, body: unknown): readonly Item[] | SandboxReply {
  const parsed = collectionBody.safeParse(body)
  if (!parsed.success) return salesforceError(400, 'JSON_PARSER_ERROR', 'Unexpected input')
  const { records } = parsed.data
  if (records.length > mostRecords)
    return salesforceError(
      400,
      'EXCEEDED_ID_LIMIT',
      `record limit reached. cannot submit more than ${mostRecords} records in this request`,
    )
  const items: Item[] = []
  for (const record of records) {
    const object = toObjectName(record.attributes.type)
    const fields = recordBody.safeParse(withoutAttributes(record)).data
    if (!object || !fields) return salesforceError(400, 'INVALID_TYPE', 'sObject type is not supported')
    const unknown = unknownField(org, object, fields)
    if (unknown !== undefined)
      return salesforceError(400, 'INVALID_FIELD', `No such column '${unknown}' on sobject of type ${object}`)
    items.push({ object, fields })
  }
  return items
}

function each(org: Org, body: unknown, save: (item: Item) => SaveResult): SandboxReply {
  const items = readItems(org, body)
  return 'status' in items ? items : { status: 200, body: items.map(save) }
}

/** Every record must carry the key; a key that comes twice in one call is refused for both (2.4). */
function upsertAll(org: Org, fieldName: string, body: unknown): SandboxReply {
  const items = readItems(org, body)
  if ('status' in items) return items
  const [first] = items
  const field = first && org.fieldsOf(first.object).get(fieldName.toLowerCase())
  if (!field?.externalId)
    return salesforceError(400, 'INVALID_FIELD', `${fieldName} is not an external id of the object`)
  const keys = items.map(({ fields }) => String(fields[field.name] ?? ''))
  return {
    status: 200,
    body: items.map(({ object, fields }, index) => {
      const value = keys[index] ?? ''
      if (value === '') return refused(saveError('MISSING_ARGUMENT', `${field.name} not specified`))
      if (keys.filter((key) => key.toLowerCase() === value.toLowerCase()).length > 1)
        return refused(
          saveError('DUPLICATE_VALUE', `Duplicate external id specified: ${value}`, [field.name]),
        )
      return upsertRecord(org, object, { field: field.name, value }, fields)
    }),
  }
}

function deleteAll(org: Org, list: string): SandboxReply {
  const ids = list.split(',').filter((id) => id !== '')
  if (ids.length > mostRecords) return salesforceError(400, 'EXCEEDED_ID_LIMIT', 'too many ids')
  return { status: 200, body: ids.map((id) => deleteById(org, id)) }
}

function deleteById(org: Org, id: string): SaveResult {
  const object = toObjectName(Object.entries(prefixes).find(([, prefix]) => id.startsWith(prefix))?.[0] ?? '')
  return object ? deleteRecord(org, object, id) : refused(saveError('MALFORMED_ID', 'malformed id'))
}

/** Up to 2,000 records by id, fields in the body; null for those that are not there. */
function retrieve(org: Org, name: string, body: unknown): SandboxReply {
  const object = toObjectName(name)
  const parsed = retrieveBody.safeParse(body)
  if (!object || !parsed.success) return salesforceError(400, 'INVALID_TYPE', 'unexpected input')
  const { ids, fields } = parsed.data
  return {
    status: 200,
    body: ids.map((id) => {
      const record = org.get(object, id)
      return record && !record.deleted ? toRow(org, { object, fields: ['Id', ...fields] }, record) : null
    }),
  }
}

import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { SandboxReply, SandboxRequest, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { objectNames, toObjectName, type Fields, type Org } from './org.ts'
import { dataPath } from './query-routes.ts'
import type { ObjectName } from './record-id.ts'
import { toRow } from './run-soql.ts'
import { salesforceError } from './salesforce-error.ts'
import {
  deleteRecord,
  insertRecord,
  recordBody,
  unknownField,
  updateRecord,
  upsertRecord,
  type SaveResult,
} from './save-record.ts'

const noObject = (): SandboxReply =>
  salesforceError(404, 'NOT_FOUND', 'The requested resource does not exist')

/** Rights of the connected user on objects: take some away to see them missing. */
export type ObjectRights = Map<ObjectName, Set<'queryable' | 'createable' | 'updateable' | 'deletable'>>

export const allRights = (): ObjectRights =>
  new Map(
    objectNames.map((name) => [
      name,
      new Set(['queryable', 'createable', 'updateable', 'deletable'] as const),
    ]),
  )

/** Descriptions, and single records: create, read, update, delete, upsert by external id. */
export function recordRoutes(org: Org, rights: ObjectRights): SandboxRoute[] {
  const route = (method: string, path: string, answer: Answer): SandboxRoute => ({
    method,
    pattern: new RegExp(`^${dataPath}/sobjects/(?<object>\\w+)${path}$`),
    answer(request) {
      const object = toObjectName(request.params['object'] ?? '')
      return object && rights.get(object)?.has('queryable') ? answer(object, request) : noObject()
    },
  })
  return [
    {
      method: 'GET',
      pattern: new RegExp(`^${dataPath}/sobjects/?$`),
      answer: () => ({
        status: 200,
        body: { encoding: 'UTF-8', sobjects: objectNames.map((name) => summary(name, rights)) },
      }),
    },
    route('GET', '/describe', (object, request) => describeObject(org, object, request)),
    route('POST', '/?', (object, { body }) =>
      withFields(org, object, body, (fields) => created(insertRecord(org, object, fields))),
    ),
    route('GET', '/(?<id>\\w{15,18})', (object, { params }) => {
      const record = org.get(object, params['id'] ?? '')
      if (!record || record.deleted) return noObject()
      const fields = [...org.fieldsOf(object).values()].map(({ name }) => name)
      return { status: 200, body: toRow(org, { object, fields }, record) }
    }),
    route('PATCH', '/(?<id>\\w{15,18})', (object, { params, body }) =>
      withFields(org, object, body, (fields) =>
        changed(updateRecord(org, object, params['id'] ?? '', fields)),
      ),
    ),
    route('DELETE', '/(?<id>\\w{15,18})', (object, { params }) =>
      changed(deleteRecord(org, object, params['id'] ?? '')),
    ),
    route('PATCH', '/(?<field>\\w+)/(?<value>[^/]+)', (object, { params, body }) =>
      withFields(org, object, body, (fields) => upsertOne(org, object, params, fields)),
    ),
  ]
}

type Answer = (object: ObjectName, request: SandboxRequest) => SandboxReply

function summary(name: ObjectName, rights: ObjectRights): Record<string, unknown> {
  const own = rights.get(name)
  return {
    name,
    queryable: own?.has('queryable'),
    createable: own?.has('createable'),
    updateable: own?.has('updateable'),
    deletable: own?.has('deletable'),
  }
}

/** `If-Modified-Since` is answered with 304 while the definitions are what they were (2.3). */
function describeObject(org: Org, object: ObjectName, request: SandboxRequest): SandboxReply {
  const fields = [...org.fieldsOf(object).values()]
  const digest = createHash('sha256').update(JSON.stringify(fields)).digest().readUIntBE(0, 3)
  const lastModified = new Date(Date.UTC(2026, 0, 1) + digest * 1000).toUTCString()
  if (request.headers['if-modified-since'] === lastModified) return { status: 304 }
  return { status: 200, headers: { 'last-modified': lastModified }, body: { name: object, fields } }
}

function withFields(
  org: Org,
  object: ObjectName,
  body: unknown,
  then: (fields: Fields) => SandboxReply,
): SandboxReply {
  const parsed = recordBody.safeParse(withoutAttributes(body))
  if (!parsed.success) return salesforceError(400, 'JSON_PARSER_ERROR', 'Unexpected input')
  const unknown = unknownField(org, object, parsed.data)
  if (unknown !== undefined)
    return salesforceError(400, 'INVALID_FIELD', `No such column '${unknown}' on sobject of type ${object}`)
  return then(parsed.data)
}

const anyObject = z.record(z.string(), z.unknown())

/** The fields of a record as it was sent. */
export function withoutAttributes(body: unknown): unknown {
  const parsed = anyObject.safeParse(body)
  if (!parsed.success) return body
  const { attributes: _attributes, ...fields } = parsed.data
  return fields
}

function refusal(result: SaveResult): SandboxReply | undefined {
  if (result.success) return undefined
  return {
    status: 400,
    body: result.errors.map(({ statusCode, message, fields }) => ({
      errorCode: statusCode,
      message,
      fields,
    })),
  }
}

const created = (result: SaveResult): SandboxReply => refusal(result) ?? { status: 201, body: result }

function changed(result: SaveResult): SandboxReply {
  const refused = refusal(result)
  if (!refused) return { status: 204 }
  const isGone =
    !result.success &&
    ['ENTITY_IS_DELETED', 'INVALID_CROSS_REFERENCE_KEY'].includes(result.errors[0]?.statusCode ?? '')
  return isGone ? { ...refused, status: 404 } : refused
}

/** 201 created, 200 updated, 300 when several rows match a field that is not unique, 404 when it is no external id (2.4). */
function upsertOne(
  org: Org,
  object: ObjectName,
  params: Readonly<Record<string, string>>,
  fields: Fields,
): SandboxReply {
  const field = org.fieldsOf(object).get((params['field'] ?? '').toLowerCase())
  if (!field?.externalId)
    return salesforceError(404, 'NOT_FOUND', 'Provided external ID field does not exist or is not accessible')
  const value = decodeURIComponent(params['value'] ?? '')
  const matches = [...org.all(object).values()].filter(
    (record) =>
      !record.deleted && String(record.fields[field.name] ?? '').toLowerCase() === value.toLowerCase(),
  )
  if (matches.length > 1)
    return { status: 300, body: matches.map(({ id }) => `/services/data/v67.0/sobjects/${object}/${id}`) }
  const result = upsertRecord(org, object, { field: field.name, value }, fields)
  return refusal(result) ?? { status: matches.length === 0 ? 201 : 200, body: result }
}

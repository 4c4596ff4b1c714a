import { z } from 'zod'
import { errorCodes, type ErrorCode } from '../../core/errors/error-codes.ts'
import { permissions } from '../access/permissions.ts'
import { allContracts } from './contract/all-contracts.ts'
import type { AnyRouteContract } from './contract/describe-route.ts'
import { operationContract } from './contract/operation.ts'
import { problemContract } from './contract/problem.ts'

type Schema = Record<string, unknown>

/** Refusals that every route may give. */
const generalErrors: readonly ErrorCode[] = [
  'api.not_signed_in',
  'api.not_allowed',
  'api.invalid_request',
  'api.host_refused',
  'api.tls_needed',
  'api.too_many_requests',
  'api.overloaded',
  'internal.unexpected',
]
const bodyErrors: readonly ErrorCode[] = [
  'api.media_type',
  'api.body_too_large',
  'api.body_unreadable',
  'api.body_too_deep',
]
const onceErrors: readonly ErrorCode[] = [
  'api.idempotency_key_missing',
  'api.idempotency_key_reused',
  'api.idempotency_in_progress',
]
const conditionErrors: readonly ErrorCode[] = ['api.precondition_missing', 'api.precondition_failed']

/** True for requests that are carried out once, however often they come. */
export const needsKey = ({ method, effect }: Pick<AnyRouteContract, 'method' | 'effect'>): boolean =>
  method === 'POST' && effect === 'changes'

/** Every error that a route may answer with, general ones included. */
export function errorsOf(route: AnyRouteContract): readonly ErrorCode[] {
  return [
    ...generalErrors,
    ...(route.hasBody ? bodyErrors : (['api.body_too_large'] as const)),
    ...(needsKey(route) ? onceErrors : []),
    ...(route.ifMatch ? conditionErrors : []),
    ...(route.recentProof ? (['access.proof_needed'] as const) : []),
    ...route.errors,
  ]
}

/** The API as an OpenAPI 3.1 document, from the contracts that serve it. */
export function createOpenApi(version: string): Schema {
  const shared: Schema = {}
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of allContracts)
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: toOperation(route, shared) }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Affluent',
      version,
      description:
        'Audience hub. Names are snake_case, instants ISO 8601 in UTC. Errors are problem documents (RFC 9457) in the language of Accept-Language.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }, { session: [] }],
    tags: [...new Set(allContracts.map(tagOf))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes,
      schemas: {
        Problem: toSchema(problemContract),
        Operation: toSchema(operationContract),
        ...shared,
      },
    },
  }
}

const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', description: 'An API key, or the token of this machine' },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-affluent-session',
    description:
      'A person who signed in; without TLS the name is affluent-session. Changes carry X-CSRF-Token, too: `csrf_token` of GET /v1/session.',
  },
} as const

const tagOf = ({ name }: AnyRouteContract): string => name.split('.')[0] ?? name

function toOperation(route: AnyRouteContract, shared: Schema): Schema {
  const { name, summary, permission, example } = route
  return {
    operationId: name,
    tags: [tagOf(route)],
    summary,
    description: `Needs the permission \`${permission}\`: ${permissions[permission]}.`,
    'x-permission': permission,
    parameters: [...toParameters(route), ...toHeaders(route)],
    ...(route.hasBody && {
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: shareParts(toSchema(route.body), `${name}.body`, shared),
            example: example.body,
          },
        },
      },
    }),
    responses: { ...toAnswer(route, shared), ...toRefusals(route) },
  }
}

/** JSON Schema of what goes over the wire. What only the program can check is described in words. */
function toSchema(schema: z.ZodType): Schema {
  const { $schema: _draft, ...rest } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io: 'input',
    unrepresentable: 'any',
  })
  return rest
}

const objectSchema = z.record(z.string(), z.unknown())

/** Puts what a schema holds within itself among the shared ones of the document: pointers count from there, wherever the schema stands. */
function shareParts({ $defs, ...schema }: Schema, name: string, shared: Schema): Schema {
  const place = (part: string): string => `${name}.${part.replaceAll('_', '')}`
  const pointed = (value: unknown): unknown =>
    JSON.parse(
      JSON.stringify(value, (key, inner: unknown) =>
        key === '$ref' && typeof inner === 'string'
          ? inner.replace(/^#\/\$defs\/(.+)$/, (_all, part: string) => `#/components/schemas/${place(part)}`)
          : inner,
      ),
    )
  for (const [part, definition] of Object.entries(objectSchema.parse($defs ?? {})))
    shared[place(part)] = pointed(definition)
  return objectSchema.parse(pointed(schema))
}

const propertiesSchema = z.object({
  properties: z.record(z.string(), objectSchema).optional(),
  required: z.array(z.string()).optional(),
})

function toParameters({ params, query, example }: AnyRouteContract): readonly Schema[] {
  return [
    ...listParameters(params, 'path', example.params ?? {}),
    ...listParameters(query, 'query', example.query ?? {}),
  ]
}

function listParameters(
  schema: z.ZodType,
  place: 'path' | 'query',
  examples: Readonly<Record<string, string>>,
): readonly Schema[] {
  const { properties = {}, required = [] } = propertiesSchema.parse(toSchema(schema))
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
    ...(examples[name] !== undefined && { example: examples[name] }),
  }))
}

const toHeader = (name: string, description: string, pattern?: string): Schema => ({
  name,
  in: 'header',
  required: pattern !== undefined,
  description,
  schema: { type: 'string', ...(pattern !== undefined && { pattern }) },
})

function toHeaders(route: AnyRouteContract): readonly Schema[] {
  const key = 'Chosen anew for each thing to be done, kept when it is tried again; known for 24 hours'
  const isStream = route.mode === 'stream'
  return [
    ...(needsKey(route) ? [toHeader('Idempotency-Key', key, '^[A-Za-z0-9_-]{8,128}$')] : []),
    ...(route.ifMatch ? [toHeader('If-Match', 'The ETag that was read', '^"[A-Za-z0-9_:.-]{1,128}"$')] : []),
    ...(isStream ? [toHeader('Last-Event-ID', 'Number of the last event that was read')] : []),
    ...(route.method === 'GET' && !isStream ? [toHeader('If-None-Match', 'The ETags that are known')] : []),
  ]
}

const toldHeader = (description: string): Schema => ({ description, schema: { type: 'string' } })

function toAnswer(route: AnyRouteContract, shared: Schema): Schema {
  const { mode, status, answer, example, summary, name } = route
  const schema = shareParts(toSchema(answer), `${name}.answer`, shared)
  const content = { schema, example: example.answer }
  const replayed = { 'Idempotent-Replayed': toldHeader('`true`: the answer of the first time') }
  if (mode === 'operation')
    return {
      202: {
        description: 'Begun. Follow the operation; its result is the answer described here.',
        headers: { Location: toldHeader('The operation'), ...(needsKey(route) && replayed) },
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Operation' } } },
      },
      'x-result': content,
    }
  if (mode === 'stream')
    return { [status]: { description: summary, content: { 'text/event-stream': content } } }
  const tag = { ETag: toldHeader('Of this very answer') }
  return {
    [status]: {
      description: summary,
      ...(needsKey(route) && { headers: replayed }),
      ...(route.method === 'GET' && { headers: tag }),
      content: { 'application/json': content },
    },
    ...(route.method === 'GET' && { 304: { description: 'Nothing changed.', headers: tag } }),
  }
}

/** One response for each status, with the codes that it may carry. */
function toRefusals(route: AnyRouteContract): Schema {
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of errorsOf(route)) {
    const { http } = errorCodes[code]
    byStatus.set(http, [...new Set([...(byStatus.get(http) ?? []), code])])
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\``).join(', '),
        ...([429, 503].includes(status) && { headers: { 'Retry-After': toldHeader('Seconds to wait') } }),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  )
}

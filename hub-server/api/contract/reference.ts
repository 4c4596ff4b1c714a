import type { JsonObject } from '../../../core/port/json.ts'
import { describeRoute } from './describe-route.ts'
import { asIs } from './wire.ts'

export const showOpenApi = describeRoute({
  name: 'reference.openapi',
  method: 'GET',
  path: '/v1/openapi.json',
  permission: 'manifests:read',
  summary: 'This API as an OpenAPI 3.1 document.',
  answer: asIs<JsonObject>('An OpenAPI 3.1 document'),
  example: { answer: { openapi: '3.1.1', info: { title: 'Affluent', version: '0.1.0' }, paths: {} } },
})

export const referenceContracts = [showOpenApi]

import { z } from 'zod'
import type { JsonObject } from '../../core/port/json.ts'
import packageJson from '../../package.json' with { type: 'json' }
import { showOpenApi } from '../api/contract/reference.ts'
import { defineRoute, type Route } from '../api/define-route.ts'
import { createOpenApi } from '../api/open-api.ts'

const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), z.json())

/** The API as an OpenAPI document, as plain JSON. */
export const readOpenApi = (): JsonObject =>
  jsonObject.parse(JSON.parse(JSON.stringify(createOpenApi(packageJson.version))))

/** GET /v1/openapi.json. */
export function createReferenceRoutes(): readonly Route[] {
  let made: JsonObject | undefined
  return [defineRoute(showOpenApi, () => Promise.resolve((made ??= readOpenApi())))]
}

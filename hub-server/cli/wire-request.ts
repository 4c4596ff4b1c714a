import { z } from 'zod'
import type { RouteContract } from '../api/contract/describe-route.ts'
import type { WireRequest } from '../api/define-route.ts'
import { toInvalidRequest } from '../api/invalid-request.ts'
import type { Asked } from './hub-client.ts'

/** A request as it goes over the wire. Throws `InvalidRequest`. */
export function toWireRequest<Params, Query, Body, Answer>(
  { params, query, body }: RouteContract<Params, Query, Body, Answer>,
  asked: Asked<Params, Query, Body>,
): WireRequest {
  return {
    params: encode(params, asked.params),
    query: encode(query, asked.query),
    body: encode(body, asked.body),
  }
}

function encode<T>(schema: z.ZodType<T>, value: T | undefined): unknown {
  const encoded = z.safeEncode<z.ZodType>(schema, value ?? {})
  if (!encoded.success) throw toInvalidRequest(encoded.error)
  // Through text, as between two processes: what JSON does not keep does not get through here either.
  return JSON.parse(JSON.stringify(encoded.data))
}

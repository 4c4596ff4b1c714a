import type { Request } from 'express'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import { createBodyReader } from './body-reader.ts'

/** A form of ours holds a name, a password or two, and a token. */
const mostBytes = 16_384

/** Reads forms of our own pages. */
export interface FormReader {
  /** The field's text, "" when it is absent. Throws `api.media_type` for what no form of a page sends, `api.body_too_large`. */
  (request: Request): Promise<(field: string) => string>
}

export function createFormReader(): FormReader {
  const withBody = createBodyReader({ one: mostBytes, all: 64 * mostBytes })
  return async (request) => {
    if (!/^application\/x-www-form-urlencoded(?:;|$)/i.test(request.get('content-type') ?? ''))
      throw new AffluentError('api.media_type')
    const text = await withBody(request, (body) => Promise.resolve(Buffer.from(body).toString('utf8')))
    const fields = new URLSearchParams(text)
    return (field) => fields.get(field) ?? ''
  }
}

import type { IncomingMessage } from 'node:http'
import { AffluentError } from '../../core/errors/affluent-error.ts'

/** HubSpot's messages hold up to 100 events of about a kilobyte; no platform publishes a larger bound. */
const mostBytes = 1_048_576

/** Bytes of all messages that are being read or kept at one time: strangers may open thousands of connections. */
const mostBytesInAll = 67_108_864

export interface BodyLimits {
  readonly one: number
  readonly all: number
}

/**
 * Reads request bodies as they are, nothing decoded or parsed, and hands each to its work. Throws `api.body_too_large`, and
 * `api.overloaded` when the bodies of all requests under way exceed their bound.
 */
export function createBodyReader(
  limits: BodyLimits = { one: mostBytes, all: mostBytesInAll },
): <Result>(request: IncomingMessage, work: (body: Uint8Array) => Promise<Result>) => Promise<Result> {
  let held = 0
  return async (request, work) => {
    let size = 0
    const parts: Uint8Array[] = []
    try {
      if (Number(request.headers['content-length'] ?? 0) > limits.one) throw tooLarge(limits)
      for await (const part of readParts(request)) {
        size += part.byteLength
        held += part.byteLength
        if (size > limits.one) throw tooLarge(limits)
        if (held > limits.all) throw new AffluentError('api.overloaded')
        parts.push(part)
      }
      return await work(Buffer.concat(parts))
    } finally {
      held -= size
    }
  }
}

const tooLarge = ({ one }: BodyLimits): AffluentError =>
  new AffluentError('api.body_too_large', { limit: one })

/** Keeps the socket open when reading stops early, so that the refusal can still be sent. */
async function* readParts(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  const parts: AsyncIterable<unknown> = request.iterator({ destroyOnReturn: false })
  try {
    for await (const part of parts) if (part instanceof Uint8Array) yield part
  } catch (error) {
    // The caller went away in the middle: nobody is there to be answered, and nothing of ours failed.
    throw new AffluentError('api.invalid_request', {}, { cause: error })
  }
}

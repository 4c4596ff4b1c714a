import type { ServerResponse } from 'node:http'
import type { SandboxReply, SandboxRequest } from './sandbox-server.ts'

/** What goes wrong with a request. `when: 'after'`: the operation is carried out first, then the answer is lost or replaced. */
export type Fault = {
  /** Only requests whose "METHOD path" matches. Default: all. */
  readonly match?: RegExp
  /** How many requests it strikes. Default 1. */
  readonly times?: number
  /** Lets this many matching requests pass first. Default 0. */
  readonly skip?: number
  readonly when?: 'before' | 'after'
} & (
  | { readonly kind: 'reply'; readonly reply: SandboxReply }
  /** The connection is cut without an answer. */
  | { readonly kind: 'cut' }
  /** Never answers. */
  | { readonly kind: 'hang' }
  /** A body of this many bytes. */
  | { readonly kind: 'huge'; readonly bytes: number }
  /** A body that never ends. */
  | { readonly kind: 'endless' }
)

export interface Faults {
  add(fault: Fault): void
  clear(): void
  /** The fault that strikes this request, if any; counts it. */
  take(request: SandboxRequest): Fault | undefined
  apply(fault: Fault, response: ServerResponse): void
}

interface Pending {
  readonly fault: Fault
  skip: number
  left: number
}

export function createFaults(): Faults {
  let pending: Pending[] = []
  return {
    add(fault) {
      pending.push({ fault, skip: fault.skip ?? 0, left: fault.times ?? 1 })
    },
    clear() {
      pending = []
    },
    take(request) {
      const line = `${request.method} ${request.path}`
      const hit = pending.find((entry) => entry.left > 0 && (entry.fault.match?.test(line) ?? true))
      if (!hit) return undefined
      if (hit.skip > 0) {
        hit.skip -= 1
        return undefined
      }
      hit.left -= 1
      return hit.fault
    },
    apply: applyFault,
  }
}

function applyFault(fault: Fault, response: ServerResponse): void {
  switch (fault.kind) {
    case 'reply': {
      const { status, headers, body } = fault.reply
      response.writeHead(status, headers)
      response.end(typeof body === 'string' || body === undefined ? (body ?? '') : JSON.stringify(body))
      return
    }
    case 'cut':
      response.destroy()
      return
    case 'hang':
      return
    case 'huge':
      response.writeHead(200, { 'content-type': 'application/json' })
      writeEndlessly(response, fault.bytes)
      return
    case 'endless':
      response.writeHead(200, { 'content-type': 'application/json' })
      writeEndlessly(response, Number.POSITIVE_INFINITY)
  }
}

const block = Buffer.alloc(64 * 1024, ' ')

function writeEndlessly(response: ServerResponse, bytes: number): void {
  let left = bytes
  const pump = (): void => {
    while (left > 0 && !response.destroyed) {
      left -= block.length
      if (!response.write(block)) {
        response.once('drain', pump)
        return
      }
    }
    response.end()
  }
  pump()
}

import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { ErrorCode } from '../../core/errors/error-codes.ts'
import { createTranslator } from '../locales/translate.ts'
import { securityHeaders } from './security-headers.ts'
import { toProblem } from './to-problem.ts'

/** What the parser says of a request that it could not read (Node's names) in our codes; whatever else it says is the request's own fault. */
const codes: ReadonlyMap<string, ErrorCode> = new Map([
  ['HPE_HEADER_OVERFLOW', 'api.headers_too_large'],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 'api.body_too_large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 'api.request_incomplete'],
])

/** The code of a fault that the parser found; undefined where the connection itself broke, and nobody is there to be answered. */
export function codeOfUnread(fault: Error): ErrorCode | undefined {
  const name = 'code' in fault ? String(fault.code) : ''
  if (name === 'ECONNRESET' || name === 'EPIPE') return undefined
  return codes.get(name) ?? 'api.request_unreadable'
}

/** The problem document of a request of which no line can be relied on, the reader's language included: English. */
export function unreadProblem(code: ErrorCode): {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
} {
  const error = new AffluentError(code)
  const reader = { requestId: randomUUID(), translator: createTranslator('en'), isLocal: false }
  const text = JSON.stringify(toProblem(error, reader))
  return {
    status: error.rule.http,
    headers: {
      ...securityHeaders,
      'Content-Type': 'application/problem+json; charset=utf-8',
      'Content-Language': 'en',
      'Content-Length': String(Buffer.byteLength(text)),
      Connection: 'close',
    },
    text,
  }
}

/** Answers on a socket that no request came out of, and closes it. */
export function refuseUnread(socket: Socket, code: ErrorCode): void {
  const { status, headers, text } = unreadProblem(code)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} Refused\r\n${lines.join('')}\r\n${text}`)
}

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { httpRequest } from '../../support/http-request.ts'

/** What the platform answers instead of its own: 'none' lets requests through to the sandbox behind, where there is one. */
export type Echo = 'none' | 'status' | 'html' | 'other_json' | 'rejected'

/** A platform that repeats in each answer what it was asked, secrets of the request's head included. */
export interface EchoingPlatform {
  readonly url: string
  /** Head and body of every request. */
  readonly asked: string[]
  echo: Echo
  close(): Promise<void>
}

/** `statuses`: of the answers, in turn. */
export async function startEchoingPlatform(
  behind: string | undefined,
  statuses: readonly number[] = [400, 401, 403, 404, 422],
): Promise<EchoingPlatform> {
  const asked: string[] = []
  let count = 0
  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of incoming as AsyncIterable<Buffer>) parts.push(part)
    const body = Buffer.concat(parts)
    const head = `${incoming.method} ${incoming.url} ${JSON.stringify(incoming.headers)}`
    asked.push(`${head}\n${decodeForm(body.toString())}`)
    if (platform.echo === 'none' && behind !== undefined) return pass(behind, incoming, body, response)
    count += 1
    const words = wordsOf(asked.at(-1) ?? '')
    if (platform.echo === 'html')
      return void response.writeHead(200, { 'content-type': 'text/html' }).end(`<h1>${words}</h1>`)
    const status = platform.echo === 'other_json' ? 200 : (statuses[count % statuses.length] ?? 400)
    response
      .writeHead(status, { 'content-type': 'application/json', 'x-request-id': words.slice(0, 60) })
      .end(JSON.stringify(toErrorOf(String(incoming.url), words)))
  }
  const server = createServer((incoming, response) => {
    answer(incoming, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const platform: EchoingPlatform = {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    asked,
    echo: behind === undefined ? 'status' : 'none',
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return platform
}

/** The marks first, one by one, so that no shortening spares them; then all that was asked. */
function wordsOf(text: string): string {
  const marks = text.match(/[\w-]*(?:QxLeakSec|zwumpq)[\w@.-]*|\+3369876\d+/gi) ?? []
  return `${[...new Set(marks)].join(' ')} is wrong in ${text}`
}

const decodeForm = (text: string): string =>
  text.includes('%') && !text.startsWith('{') ? decodeURIComponent(text.replaceAll('+', ' ')) : text

/** In the form of each platform: HubSpot, OAuth, Meta and Google at once, Salesforce as a list. */
function toErrorOf(path: string, words: string): unknown {
  if (path.startsWith('/services/data'))
    return [{ message: words, errorCode: 'INVALID_FIELD', fields: [words] }]
  return {
    status: 'error',
    message: words,
    category: words,
    correlationId: words,
    subCategory: words,
    errors: [{ message: words, code: 'INVALID', context: { properties: [words] } }],
    error: path.includes('/token')
      ? 'invalid_request'
      : {
          message: words,
          type: words,
          code: 100,
          error_user_title: words,
          error_user_msg: words,
          fbtrace_id: words,
        },
    error_description: words,
  }
}

async function pass(
  behind: string,
  incoming: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).flatMap(([name, value]) =>
      typeof value === 'string' && name !== 'host' && name !== 'connection' ? [[name, value]] : [],
    ),
  )
  const {
    status,
    headers: told,
    text,
  } = await httpRequest(`${behind}${incoming.url}`, {
    method: incoming.method ?? 'GET',
    headers,
    body,
  })
  const kept = { ...told }
  delete kept['content-length']
  delete kept['transfer-encoding']
  response.writeHead(status, kept).end(text)
}

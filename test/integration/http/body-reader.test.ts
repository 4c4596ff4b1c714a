import { createServer, type Server } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { createBodyReader } from '../../../hub-server/http/body-reader.ts'
import { httpRequest } from '../../support/http-request.ts'

let server: Server
let url: string
let held: PromiseWithResolvers<void>
let first: PromiseWithResolvers<void>

/** Answers with the body; one that begins with "hold" is held until the test lets it go. */
beforeEach(async () => {
  held = Promise.withResolvers()
  first = Promise.withResolvers()
  const withBody = createBodyReader({ one: 10, all: 15 })
  server = createServer((request, response) => {
    withBody(request, async (body) => {
      const text = new TextDecoder().decode(body)
      if (text.startsWith('hold')) {
        first.resolve()
        await held.promise
      }
      response.end(text)
    }).catch((error: unknown) => {
      response
        .writeHead(error instanceof AffluentError ? error.rule.http : 500, { connection: 'close' })
        .end()
    })
  })
  const listening = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', () => listening.resolve())
  await listening.promise
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
})
afterEach(() => void server.close())

const post = (body: string, headers: Readonly<Record<string, string>> = {}) =>
  httpRequest(url, { method: 'POST', headers, body })
const length = (bytes: number) => ({ 'content-length': String(bytes) })
const chunked = { 'transfer-encoding': 'chunked' }

describe('createBodyReader', () => {
  it('hands bodies over as they came, of a told length and in chunks', async () => {
    expect((await post('é\u0000 a', length(5))).text).toBe('é\u0000 a')
    expect((await post('0123456789', chunked)).text).toBe('0123456789')
    expect((await post('', length(0))).text).toBe('')
  })

  it('refuses one byte too many, told or not', async () => {
    expect((await post('0123456789a', length(11))).status).toBe(413)
    expect((await post('0123456789a', chunked)).status).toBe(413)
  })

  it('refuses what exceeds the bound of all that is held, until that is let go', async () => {
    const holding = post('hold 12345', length(10))
    await first.promise
    expect((await post('12345', length(5))).status).toBe(200)
    expect((await post('123456', length(6))).status).toBe(503)
    held.resolve()
    expect((await holding).status).toBe(200)
    expect((await post('0123456789', length(10))).status).toBe(200)
  })
})

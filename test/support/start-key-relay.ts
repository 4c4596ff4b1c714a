import { once } from 'node:events'
import { createServer, request } from 'node:http'

export interface KeyRelay {
  readonly url: string
  close(): Promise<void>
}

/** Passes requests on to a hub, and shows an API key there in place of what the caller showed: so the command line asks as a program with few rights. */
export async function startKeyRelay(hubUrl: string, key: string): Promise<KeyRelay> {
  const { hostname, port, host } = new URL(hubUrl)
  const server = createServer((incoming, answer) => {
    const headers = { ...incoming.headers, host, authorization: `Bearer ${key}` }
    const { method, url: path } = incoming
    const passed = request({ hostname, port, method, path, headers }, (told) => {
      answer.writeHead(told.statusCode ?? 502, told.headers)
      told.pipe(answer)
    })
    incoming.pipe(passed)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

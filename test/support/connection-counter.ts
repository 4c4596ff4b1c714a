import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'

/** Listens and counts who connects; answers nobody. */
export interface ConnectionCounter extends AsyncDisposable {
  readonly port: number
  readonly connections: number
}

/** On a port of its own unless one is named; when that one is taken, on one of its own again. */
export async function startConnectionCounter(host = '127.0.0.1', port = 0): Promise<ConnectionCounter> {
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    socket.on('error', () => undefined)
    socket.destroy()
  })
  const listening = once(server, 'listening')
  server.listen(port, host)
  await listening.catch(async () => {
    server.listen(0, host)
    await once(server, 'listening')
  })
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections
    },
    async [Symbol.asyncDispose]() {
      server.close()
      await once(server, 'close')
    },
  }
}

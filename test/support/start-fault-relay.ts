import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A TCP relay between the hub and a peer, which can fail as networks do. */
export interface FaultRelay {
  readonly port: number
  /** `open`: passes all on. `cut`: resets what is connected and refuses what comes. `half_open`: takes everything, passes nothing on. */
  set(mode: 'open' | 'cut' | 'half_open'): void
  close(): Promise<void>
}

export async function startFaultRelay(peerPort: number): Promise<FaultRelay> {
  let mode: 'open' | 'cut' | 'half_open' = 'open'
  const sockets = new Set<Socket>()
  const track = (socket: Socket): Socket => {
    sockets.add(socket)
    return socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
  }
  const server = createServer((incoming) => {
    track(incoming)
    if (mode === 'cut') {
      incoming.resetAndDestroy()
      return
    }
    const peer = track(connect(peerPort, '127.0.0.1'))
    incoming.on('data', (bytes) => void (mode === 'open' && peer.write(bytes)))
    peer.on('data', (bytes) => void (mode === 'open' && incoming.write(bytes)))
    incoming.on('close', () => peer.destroy())
    peer.on('close', () => incoming.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('no port')
  return {
    port: address.port,
    set(next) {
      mode = next
      if (next === 'cut') for (const socket of sockets) socket.resetAndDestroy()
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

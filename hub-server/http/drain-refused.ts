import type { IncomingMessage } from 'node:http'

/** Bytes of a refused body that are read on: as many as clients send that mean no harm. */
const mostBytes = 16_777_216

/** How long a sender may be silent meanwhile, in milliseconds: who waits for the answer before sending on gets it then. */
const quietMs = 500

/**
 * Reads the rest of a body that was refused and throws it away, so that whoever is still sending it gets to read why: a connection that is closed
 * under a sender is reset, and the answer with it. Ends early, and the answer may be lost, where far more comes than anybody sends by mistake.
 */
export async function drainRefused(request: IncomingMessage): Promise<void> {
  const isRead = request.readableEnded || request.destroyed
  if (isRead || Number(request.headers['content-length'] ?? 0) > mostBytes) return
  await new Promise<void>((resolve) => {
    let left = mostBytes
    request.on('data', (part: Uint8Array) => {
      left -= part.byteLength
      if (left < 0) resolve()
    })
    for (const event of ['end', 'close', 'error']) request.once(event, () => resolve())
    request.setTimeout(quietMs, () => resolve())
    request.resume()
  })
}

import nock from 'nock'
import { afterEach, beforeEach } from 'vitest'

// Importing nock takes over the network of the whole process, in which other files of tests talk to real servers.
nock.restore()

/**
 * For each test of the calling file: calls are answered by nock or, on this machine, by a server; any other is refused. A call that was announced and
 * never made fails its test. To be called before the file's own hooks.
 */
export function nockNetwork(): void {
  beforeEach(() => {
    nock.activate()
    nock.disableNetConnect()
    nock.enableNetConnect('127.0.0.1')
  })
  afterEach(() => {
    const unused = nock.pendingMocks()
    nock.cleanAll()
    nock.enableNetConnect()
    nock.restore()
    if (unused.length > 0) throw new Error(`never requested: ${unused.join(', ')}`)
  })
}

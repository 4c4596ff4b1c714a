/**
 * Loaded before the command line of the hub (`node --import`), which runs as it is but for two things: it knows the connector of the ledger
 * platform, and gets SIGTERM at the phase that STOP_AT names, when it prints "told". Without STOP_AT it runs to its end.
 */
import { writeSync } from 'node:fs'
import { registerHooks } from 'node:module'

const stopAt = process.env['STOP_AT']
const connector = new URL('../ledger-connector.ts', import.meta.url)

const changes = [
  {
    file: '/hub-server/hub.ts',
    before: 'reach: () => undefined',
    after: `reach: (phase) => void process.emit('affluent:phase', phase)`,
  },
  {
    file: '/connectors/registry.ts',
    before: 'example: async',
    after: `ledger: async () => (await import('${connector.href}')).createLedgerConnector(),\n  example: async`,
  },
]

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    const change = changes.find(({ file }) => url.endsWith(file))
    if (!change) return loaded
    const { source: bytes = '' } = loaded
    const source = typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes ?? undefined)
    if (!source.includes(change.before)) throw new Error(`${url} lacks "${change.before}"`)
    return { ...loaded, source: source.replace(change.before, change.after) }
  },
})

let isTold = false
process.on('affluent:phase', (phase) => {
  if (phase !== stopAt || isTold) return
  isTold = true
  writeSync(process.stdout.fd, 'told\n')
  process.kill(process.pid, 'SIGTERM')
})

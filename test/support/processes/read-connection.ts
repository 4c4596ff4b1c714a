/**
 * A hub process that reads a platform with access that others renew too. Argument: JSON with `connector`, `config`, `stream`, `fields` and
 * `folder` (of the control store). Prints "ready", waits for SIGUSR2, reads that many first pages at once (`readers`; default 5), prints
 * "done" or the error's code. With `diesBeforeStoring` it is killed when the platform gave it access, before that is kept.
 */
import { once } from 'node:events'
import { join } from 'node:path'
import { loadConnector } from '../../../connectors/registry.ts'
import { toAffluentError } from '../../../core/errors/affluent-error.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import { systemClock } from '../../../hub-server/net/system-clock.ts'
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'
import { openGrantedConnection } from '../granted-connection.ts'

interface Order {
  readonly connector: string
  readonly config: JsonObject
  readonly stream: string
  readonly fields: readonly string[]
  readonly folder: string
  readonly readers?: number
  readonly diesBeforeStoring?: boolean
}

const order = JSON.parse(process.argv[2] ?? '{}') as Order
const { signal } = new AbortController()
const connector = await loadConnector(order.connector)
const store = await openControlStore(join(order.folder, 'control.sqlite'), systemClock)
const connection = await openGrantedConnection({
  connector,
  config: order.config,
  store: order.diesBeforeStoring === true ? { ...store, writeGrant: die } : store,
  holder: `process-${process.pid}`,
  clock: systemClock,
})

function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => undefined)
}

async function readFirstPage(): Promise<void> {
  const source = connection.source(order.stream)
  for await (const page of source?.read({ cursor: null, fields: order.fields, signal }) ?? [])
    if (page.records.length > 0) return
  throw new Error('there is nothing to read')
}

// The listener alone keeps no process alive.
const awake = setInterval(() => undefined, 60_000)
const told = once(process, 'SIGUSR2')
process.stdout.write('ready\n')
await told
clearInterval(awake)
try {
  await Promise.all(Array.from({ length: order.readers ?? 5 }, readFirstPage))
  process.stdout.write('done\n')
} catch (error) {
  process.stdout.write(`${toAffluentError(error, 'reading').code}\n`)
}
await store.close()
process.exit(0)

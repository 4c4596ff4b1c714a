import { join } from 'node:path'

/** Where a workspace keeps what the hub writes: one folder that is never shared and never committed. */
export function dataPaths(folder: string): {
  data: string
  control: string
  warehouse: string
  /** Events between their acknowledgement and the warehouse. */
  events: string
  secretKey: string
  /** What opens a running hub to the person at this machine. */
  localToken: string
  /** A proxy that passes requests on and is not trusted. */
  proxyNote: string
} {
  const data = join(folder, '.affluent')
  return {
    data,
    control: join(data, 'control.sqlite'),
    warehouse: join(data, 'warehouse.duckdb'),
    events: join(data, 'events.sqlite'),
    secretKey: join(data, 'secret.key'),
    localToken: join(data, 'local-token'),
    proxyNote: join(data, 'proxy-note.json'),
  }
}

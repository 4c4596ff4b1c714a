import { join } from 'node:path'

/** Where a workspace keeps what the hub writes: one folder that is never shared and never committed. */
export function dataPaths(folder: string): {
  data: string
  control: string
  warehouse: string
  secretKey: string
} {
  const data = join(folder, '.affluent')
  return {
    data,
    control: join(data, 'control.sqlite'),
    warehouse: join(data, 'warehouse.duckdb'),
    secretKey: join(data, 'secret.key'),
  }
}

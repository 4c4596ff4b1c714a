import { z } from 'zod'
import { runContract } from './run.ts'

/** GET /v1/syncs: the syncs in force, by name, each with its latest run. */
export const syncsContract = z.strictObject({
  syncs: z.array(
    z.strictObject({
      name: z.string(),
      title: z.string().nullable(),
      kind: z.enum(['pull', 'deliver']),
      /** Of a pull. */
      source: z.strictObject({ connection: z.string(), stream: z.string() }).nullable(),
      /** Of a delivery. */
      segment: z.string().nullable(),
      destination: z
        .strictObject({ connection: z.string(), kind: z.string(), audience: z.string() })
        .nullable(),
      mode: z.enum(['mirror', 'add_only', 'replace']).nullable(),
      last_run: runContract.nullable(),
    }),
  ),
})
export type SyncsDocument = z.output<typeof syncsContract>

import { z } from 'zod'
import type { SandboxReply, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { invalid } from './hubspot-error.ts'
import { largestBatch, multiStatus, type InputError } from './multi-status.ts'
import { recordPath } from './record-path.ts'
import type { RecordStore, SandboxRecord } from './record-store.ts'
import { recordView } from './record-view.ts'

const readBody = z.object({
  inputs: z.array(z.object({ id: z.string() })),
  properties: z.array(z.string()).optional(),
  idProperty: z.string().optional(),
})
/** Batch read of one kind of records. */
export const recordBatchReadRoute = (store: RecordStore): SandboxRoute => ({
  method: 'POST',
  pattern: new RegExp(`^${recordPath(store.type)}/batch/read$`),
  answer: ({ body }) => readBatch(store, body),
})

/** Ids that are not there come back as errors of a 207; a former id answers with the canonical record. */
function readBatch(store: RecordStore, body: unknown): SandboxReply {
  const parsed = readBody.safeParse(body)
  if (!parsed.success) return invalid('Invalid input JSON')
  const { inputs, properties = [], idProperty } = parsed.data
  if (inputs.length > largestBatch) return invalid(`No more than ${largestBatch} inputs are allowed`)
  const found = new Map<string, SandboxRecord>()
  const missing: string[] = []
  for (const { id } of inputs) {
    const record = idProperty === undefined ? store.get(id) : store.findByUnique(idProperty, id)
    if (record) found.set(record.id, record)
    else missing.push(id)
  }
  const errors: InputError[] =
    missing.length === 0
      ? []
      : [
          {
            status: 'error',
            category: 'OBJECT_NOT_FOUND',
            message: 'Could not get some objects, they may be deleted or not exist.',
            context: { ids: missing },
          },
        ]
  return multiStatus(
    [...found.values()].map((record) => recordView(record, properties)),
    errors,
  )
}

import { z } from 'zod'
import { callHubspot } from '../account.ts'
import { apiVersions, type ObjectType } from '../client.ts'
import type { HubspotContext } from '../config.ts'
import { hubspotId } from '../mapping.ts'

/** Which links are read. */
export interface Links {
  readonly from: ObjectType
  readonly to: ObjectType
  readonly signal: AbortSignal
}

/**
 * Records of one request. The vendor lowered the limit of association batches to 1,000 and may again (airbytehq/airbyte#48834):
 * a page of a hundred or two is well below.
 */
const idsPerRequest = 200

const linksAnswer = z.object({
  results: z.array(
    z.object({
      from: z.object({ id: hubspotId }),
      to: z.array(z.object({ toObjectId: hubspotId })).default([]),
      paging: z.object({ next: z.object({ after: z.string() }).optional() }).optional(),
    }),
  ),
})

interface LinkInput {
  readonly id: string
  readonly after?: string
}

/** Ids of the linked records by record, in the vendor's order. Records without links are absent. Reads all links of each record. */
export async function readLinks(
  context: HubspotContext,
  { from, to, signal }: Links,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const linked = new Map<string, Set<string>>()
  let open: readonly LinkInput[] = ids.map((id) => ({ id }))
  while (open.length > 0) {
    const inputs = open.slice(0, idsPerRequest)
    const { results } = await callHubspot(context, {
      act: `reading links from ${from} to ${to}`,
      method: 'POST',
      path: `/crm/associations/${apiVersions.associations}/${from}/${to}/batch/read`,
      body: { inputs },
      answer: linksAnswer,
      repeatable: true,
      signal,
    })
    const more = results.flatMap(({ from: { id }, to: targets, paging }) => {
      const known = linked.get(id) ?? new Set()
      const before = known.size
      for (const { toObjectId } of targets) known.add(toObjectId)
      linked.set(id, known)
      const after = paging?.next?.after
      // A page that brings nothing new would be followed for ever.
      return after === undefined || known.size === before ? [] : [{ id, after }]
    })
    open = [...open.slice(idsPerRequest), ...more]
  }
  return new Map([...linked].map(([id, targets]) => [id, [...targets]]))
}

import { z } from 'zod'
import type { SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { invalid } from './hubspot-error.ts'
import { multiStatus, type InputError } from './multi-status.ts'

const readBody = z.object({ inputs: z.array(z.object({ id: z.string(), after: z.string().optional() })) })

/** Links between records: both directions of a link are told. */
export interface LinkStore {
  link(from: SandboxEnd, to: SandboxEnd): void
  /** Ids of the records of a type that a record is linked to. */
  of(from: SandboxEnd, toType: string): readonly string[]
}

interface SandboxEnd {
  readonly type: string
  readonly id: string
}

export function createLinkStore(): LinkStore {
  const links = new Map<string, string[]>()
  const put = (from: SandboxEnd, to: SandboxEnd): void => {
    const key = `${from.type}/${from.id}/${to.type}`
    links.set(key, [...(links.get(key) ?? []), to.id])
  }
  return {
    link(from, to) {
      put(from, to)
      put(to, from)
    },
    of: ({ type, id }, toType) => links.get(`${type}/${id}/${toType}`) ?? [],
  }
}

/** Inputs of one association batch, lowered by the vendor once (trap 17), and links of one record shown at once. */
const largestBatch = 1000
const linksPerPage = 500

/** Batch read of associations (chapter 1.3: batch reads of objects do not tell them). */
export const associationRoute = (links: LinkStore): SandboxRoute => ({
  method: 'POST',
  pattern: /^\/crm\/associations\/(?:2026-03|2026-09)\/(?<from>[^/]+)\/(?<to>[^/]+)\/batch\/read$/,
  answer({ params, body }) {
    const parsed = readBody.safeParse(body)
    if (!parsed.success) return invalid('Invalid input JSON')
    if (parsed.data.inputs.length > largestBatch) return invalid(`No more than ${largestBatch} inputs`)
    const { from = '', to = '' } = params
    const errors: InputError[] = []
    const results = parsed.data.inputs.flatMap(({ id, after }) => {
      const targets = links.of({ type: from, id }, to)
      const start = Number(after ?? '0')
      const page = targets.slice(start, start + linksPerPage)
      const next = start + linksPerPage
      if (page.length > 0)
        return [
          {
            from: { id },
            to: page.map((target) => ({ toObjectId: Number(target), associationTypes: [] })),
            ...(next < targets.length && { paging: { next: { after: String(next) } } }),
          },
        ]
      errors.push({
        status: 'error',
        category: 'OBJECT_NOT_FOUND',
        message: `No ${to} is associated`,
        context: { fromObjectId: [id] },
      })
      return []
    })
    return multiStatus(results, errors)
  },
})

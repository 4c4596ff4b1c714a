import { z } from 'zod'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import { callHubspot } from '../account.ts'
import { searchBudget } from '../budgets.ts'
import { objectsPath, type ObjectType } from '../client.ts'
import type { HubspotContext } from '../config.ts'
import { crmObject, type CrmObject } from '../mapping.ts'

/** One object of a page; `record` is absent when it is not of a record's shape. */
export interface PageObject {
  readonly raw: unknown
  readonly record: CrmObject | undefined
}

/** What a page of the API holds, and the cursor of the next page. */
export interface ObjectPage {
  readonly objects: readonly PageObject[]
  readonly next: string | null
}

/** How records are asked for. */
export interface Asked {
  readonly type: ObjectType
  /** The property that tells the time of the last modification. */
  readonly modified: string
  readonly properties: readonly string[]
  readonly signal: AbortSignal
}

const pageAnswer = z.object({
  results: z.array(z.unknown()),
  paging: z
    .object({ next: z.object({ after: z.union([z.string(), z.number()]).transform(String) }).optional() })
    .optional(),
})

/** Longest URL that is tried; beyond about 16,000 characters HubSpot answers 414. */
const longestUrl = 15_000
/** Longest body of an object search is 3,000 characters; filters and sort take about 500 of them. */
const longestSearchProperties = 2000
/** Published page sizes. */
const listPage = 100
const searchPage = 200

/** One page of the list endpoint, by record id. Properties that do not fit into the URL are read in a second request. */
export async function listObjects(
  context: HubspotContext,
  asked: Asked,
  at: { readonly archived: boolean; readonly after: string | null },
): Promise<ObjectPage> {
  const names = asked.properties.join(',')
  const fits = encodeURIComponent(names).length <= longestUrl
  const page = await callHubspot(context, {
    act: at.archived ? `reading archived ${asked.type}` : `reading ${asked.type}`,
    method: 'GET',
    path: objectsPath(asked.type),
    query: {
      limit: String(listPage),
      archived: String(at.archived),
      properties: fits ? names : 'hs_object_id',
      ...(at.after !== null && { after: at.after }),
    },
    answer: pageAnswer,
    repeatable: true,
    signal: asked.signal,
  })
  const next = page.paging?.next?.after ?? null
  refuseRepeated(at.after, next, `reading ${asked.type}`)
  return { objects: parseAll(fits ? page.results : await readInFull(context, asked, page.results)), next }
}

interface Filter {
  readonly propertyName: string
  readonly operator: 'EQ' | 'GT' | 'GTE' | 'LTE'
  readonly value: string
}

/** One page of object search, in ascending order of a property; `next` only says whether there is more. */
export async function searchObjects(
  context: HubspotContext,
  asked: Asked,
  query: { readonly filters: readonly Filter[]; readonly sortBy: string },
): Promise<ObjectPage> {
  const fits = JSON.stringify(asked.properties).length <= longestSearchProperties
  const properties = fits ? asked.properties : ['hs_object_id', asked.modified]
  const act = `searching changed ${asked.type}`
  let after = '0'
  for (;;) {
    const page = await callHubspot(context, {
      act,
      method: 'POST',
      path: `${objectsPath(asked.type)}/search`,
      body: {
        filterGroups: [{ filters: query.filters }],
        sorts: [{ propertyName: query.sortBy, direction: 'ASCENDING' }],
        properties,
        limit: searchPage,
        after,
      },
      answer: pageAnswer,
      repeatable: true,
      budget: searchBudget,
      signal: asked.signal,
    })
    const next = page.paging?.next?.after ?? null
    refuseRepeated(after, next, act)
    // An empty page that announces more gives no record to go on from, so only then the vendor's own offset is followed.
    if (page.results.length === 0 && next !== null) after = next
    else
      return { objects: parseAll(fits ? page.results : await readInFull(context, asked, page.results)), next }
  }
}

const parseAll = (objects: readonly unknown[]): PageObject[] =>
  objects.map((raw) => ({ raw, record: crmObject.safeParse(raw).data }))

/** A cursor that does not move on would be followed for ever. Numeric cursors must rise, others must differ. */
function refuseRepeated(before: string | null, next: string | null, act: string): void {
  if (before === null || next === null) return
  const numeric = /^\d+$/.test(before) && /^\d+$/.test(next)
  if (numeric ? BigInt(next) > BigInt(before) : next !== before) return
  throw new AffluentError('connector.cursor_repeated', { act })
}

const withId = z.looseObject({ id: z.union([z.string(), z.number()]).transform(String) })
const batchAnswer = z.object({
  results: z.array(z.looseObject({ id: withId.shape.id, properties: z.record(z.string(), z.unknown()) })),
})

/**
 * The same objects with all wanted properties, by batch read, in groups of names that keep the answers small. An object that has
 * gone meanwhile is left out: the recycle bin will tell.
 */
async function readInFull(
  context: HubspotContext,
  asked: Asked,
  objects: readonly unknown[],
): Promise<readonly unknown[]> {
  const ids = objects.flatMap((object) => withId.safeParse(object).data?.id ?? [])
  const full = new Map<string, z.output<typeof batchAnswer>['results'][number]>()
  for (let start = 0; start < ids.length; start += listPage)
    for (const properties of groupNames(asked.properties)) {
      const { results } = await callHubspot(context, {
        act: `reading ${asked.type} by id`,
        method: 'POST',
        path: `${objectsPath(asked.type)}/batch/read`,
        body: { inputs: ids.slice(start, start + listPage).map((id) => ({ id })), properties },
        answer: batchAnswer,
        repeatable: true,
        signal: asked.signal,
      })
      for (const result of results)
        full.set(result.id, {
          ...result,
          properties: { ...full.get(result.id)?.properties, ...result.properties },
        })
    }
  return [...full.values()]
}

function groupNames(names: readonly string[]): string[][] {
  const groups: string[][] = []
  let room = 0
  for (const name of names) {
    if (room < name.length) {
      groups.push([])
      room = longestUrl
    }
    groups.at(-1)?.push(name)
    room -= name.length
  }
  return groups
}

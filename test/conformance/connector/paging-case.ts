import { z } from 'zod'
import type { PagingCase } from './harness.ts'

/**
 * Paging whose answers hold their records under one key, and announce another page by a value somewhere in them: "paging.next.after".
 * Where the value is false, empty or absent the page is the last.
 */
export function pagingBy(recordsKey: string, moreAt: string): PagingCase {
  return {
    hasMore: (body) => isTold(valueAt(body, moreAt)),
    emptied: (body) => ({ ...object.parse(body), [recordsKey]: [] }),
  }
}

const object = z.record(z.string(), z.unknown())

function valueAt(body: unknown, path: string): unknown {
  let value = body
  for (const step of path.split('.')) value = object.safeParse(value).data?.[step]
  return value
}

const isTold = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== '' && value !== false

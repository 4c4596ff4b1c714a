import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { reportFigure } from '../../support/report-figure.ts'
import { findChromium, startChromium } from '../../support/start-chromium.ts'
import { anIntake, keys } from './an-intake.ts'

/** The file that Segment's CDN serves as analytics.min.js. */
const client = readFileSync(
  fileURLToPath(import.meta.resolve('@segment/analytics-next/dist/umd/standalone.js')),
)

/** How the client is told to send: each call alone, together, and together while the page is being left. */
const ways = ['alone', 'batched', 'leaving'] as const
type Way = (typeof ways)[number]

const delivery = {
  alone: {},
  batched: { deliveryStrategy: { strategy: 'batching', config: { size: 6, timeout: 60_000 } } },
  leaving: { deliveryStrategy: { strategy: 'batching', config: { size: 100, timeout: 60_000 } } },
}

/** What each of the calls must be stored as. */
const reference = (way: Way): Record<string, Record<string, unknown>> => ({
  identify: { userId: `${way}-u`, traits: { email: `${way}@example.com`, plan: 'pro' } },
  track: { userId: `${way}-u`, event: 'Order Completed', properties: { total: 12.5, list: [1, { a: 'é' }] } },
  page: { userId: `${way}-u`, name: 'Home', category: 'shop' },
  screen: { userId: `${way}-u`, name: 'Start', properties: { depth: 2 } },
  group: { userId: `${way}-u`, groupId: `${way}-g`, traits: { name: 'ACME' } },
  // For browsers the client writes the person it knows over the new id, whatever alias was told: so it is on the wire.
  alias: { userId: `${way}-u`, previousId: `${way}-u` },
})

/** A page of somebody's site, with the client as its documentation says to load it. The hub is another origin. */
const page = (way: Way, next: string, hub: string): string => `<!doctype html><meta charset="utf-8"><script>
  const analytics = (window.analytics = [])
  analytics._writeKey = ${JSON.stringify(keys.website)}
  analytics._cdn = ${JSON.stringify(hub)}
  analytics._loadOptions = { integrations: { 'Segment.io':
    ${JSON.stringify({ apiHost: `${new URL(hub).host}/v1`, protocol: 'http', ...delivery[way] })} } }
  analytics.push(['ready', async () => {
    const client = window.analytics
    const failed = []
    client.on('error', (error) => failed.push(String(error.reason ?? error)))
    await client.identify('${way}-u', { email: '${way}@example.com', plan: 'pro' })
    await Promise.all([
      client.track('Order Completed', { total: 12.5, list: [1, { a: 'é' }] }),
      client.page('shop', 'Home'),
      client.screen('Start', { depth: 2 }),
      client.group('${way}-g', { name: 'ACME' }),
      client.alias('${way}-new', '${way}-u'),
    ])
    location.href = ${JSON.stringify(next)} + '?failed=' + encodeURIComponent(JSON.stringify(failed))
  }])
</script><script src="/analytics.js"></script>`

/** Serves the pages, one leading to the next; `left` has what each says failed. */
async function startSite(hub: string): Promise<AsyncDisposable & { readonly url: string; left: unknown[] }> {
  const left: unknown[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://site')
    const failed = url.searchParams.get('failed')
    if (failed !== null) left.push(JSON.parse(failed))
    if (url.pathname === '/analytics.js')
      return response.setHeader('content-type', 'text/javascript').end(client)
    const at = ways.findIndex((way) => url.pathname === `/${way}`)
    const way = ways[at]
    response.setHeader('content-type', 'text/html')
    return response.end(way === undefined ? '' : page(way, `/${ways[at + 1] ?? 'gone'}`, hub))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the site has a port')
  return {
    url: `http://localhost:${address.port}`,
    left,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const chromium = findChromium()

describe("Segment's own client for browsers", () => {
  it.skipIf(chromium === undefined)(
    'W01: has all its calls taken from a page of another origin and stored as it told them, also while the page is left',
    async (context) => {
      if (chromium === undefined) throw new Error('skipped without a browser')
      const all = ways.length * Object.keys(reference('alone')).length
      const kept = Promise.withResolvers<undefined>()
      const routes: string[] = []
      let events = 0
      await using intake = await anIntake({
        afterKeep(calls) {
          for (const { route, body } of calls) {
            routes.push(route)
            const { batch } = JSON.parse(new TextDecoder().decode(body)) as { batch?: unknown[] }
            events += batch?.length ?? 1
          }
          if (events >= all) kept.resolve(undefined)
        },
      })
      await using site = await startSite(intake.server.url)
      await using _browser = await startChromium(chromium, `${site.url}/${ways[0]}`)
      await kept.promise
      const stored = await intake.work()
      const fields: { name: string; isEqual: boolean; was: unknown }[] = []
      for (const way of ways)
        for (const [call, wanted] of Object.entries(reference(way))) {
          const records = Object.values(await intake.records(call))
          const record = records.find(({ userId }) => userId === wanted['userId'])
          for (const [name, value] of Object.entries(wanted))
            fields.push({
              name: `${way} ${call}.${name}`,
              isEqual: isDeepStrictEqual(record?.[name], value),
              was: record?.[name],
            })
        }
      const differing = fields.filter(({ isEqual }) => !isEqual)
      const figures = [
        ['calls of an unmodified browser client not stored', all - stored, all],
        ['fields of these calls that differ from what was told', differing.length, fields.length],
      ] as const
      for (const [claim, value, of] of figures)
        reportFigure(context, { check: 'W01', claim, value, of, target: '0' })
      expect([stored, differing, site.left.flat()]).toEqual([all, [], []])
      // One of each alone, six together, and six as the page was left.
      expect(routes.toSorted()).toEqual([...Object.keys(reference('alone')), 'batch', 'batch'].toSorted())
    },
  )
})

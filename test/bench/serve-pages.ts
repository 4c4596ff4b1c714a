/**
 * A process of its own that serves a million contacts cheaply: `node serve-pages.ts PLATFORM SIZE`. The platform's sandbox shows one
 * contact as the API would; pages repeat that text with other numbers in it, so writing a page costs next to nothing and no page is kept
 * in memory. Every other request goes to the sandbox itself. Prints `{ url, accessToken }`; `GET /pages` tells the pages served so far.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { startHubspotSandbox } from '../../connectors/hubspot/sandbox/hubspot-sandbox.ts'
import { startSalesforceSandbox } from '../../connectors/salesforce/sandbox/salesforce-sandbox.ts'
import { systemClock } from '../../hub-server/net/system-clock.ts'

/** How one platform turns pages. */
interface Platform {
  readonly url: string
  readonly accessToken: string
  /** Index of the first contact of the page that this address asks for; undefined for every other address. */
  pageStart(path: string): number | undefined
  /** The address at which the sandbox shows its only contact with the fields that this one asks for. */
  samplePath(path: string): string
  readonly pageSize: number
  /** The page's text. `next` is the index of the next page's first contact, null at the end. */
  wrap(page: { readonly path: string; readonly records: string; readonly next: number | null }): string
}

/** The number of the sandbox's only contact: it stands in its id and in its values, and other numbers take its place. */
const sample = 1_000_000
const platformName = process.argv[2]
const size = Number(process.argv[3])

async function startHubspot(): Promise<Platform> {
  const contact = {
    id: String(sample),
    properties: {
      email: `person${sample}@mail.example`,
      firstname: 'Camille',
      lastname: `Martin ${sample}`,
      phone: `+336${sample}0`,
      city: 'Villeneuve-d’Ascq',
      country: 'France',
      lifecyclestage: 'customer',
      jobtitle: 'Head of purchasing',
    },
  }
  const sandbox = await startHubspotSandbox({ clock: systemClock, limits: 'off', contacts: [contact] })
  return {
    url: sandbox.url,
    accessToken: 'sandbox-token',
    pageSize: 100,
    pageStart(path) {
      const { pathname, searchParams } = new URL(path, sandbox.url)
      if (!/^\/crm\/objects\/[\d-]+\/contacts$/.test(pathname) || searchParams.get('archived') === 'true')
        return undefined
      return Number(searchParams.get('after') ?? sample) - sample
    },
    samplePath: (path) => path.replace(/&after=\d+/, ''),
    wrap: ({ records, next }) =>
      `{"results":[${records}]${next === null ? '' : `,"paging":{"next":{"after":"${sample + next}"}}`}}`,
  }
}

async function startSalesforce(): Promise<Platform> {
  const sandbox = await startSalesforceSandbox({ clock: systemClock, limits: 'off' })
  sandbox.org.insert(
    'Contact',
    {
      Email: `person${sample}@mail.example`,
      FirstName: 'Camille',
      LastName: `Martin ${sample}`,
      Phone: `+336${sample}0`,
      MailingCity: 'Villeneuve-d’Ascq',
      MailingCountry: 'France',
      Title: 'Head of purchasing',
    },
    { id: `0035g000${sample}AAA`, at: systemClock.now() - 86_400_000 },
  )
  const next = /^(\/services\/data\/v[\d.]+)\/query\/01g000000000000001-(\d+)$/
  let first = ''
  return {
    url: sandbox.url,
    accessToken: sandbox.tokens.openSession(),
    pageSize: 2000,
    pageStart(path) {
      if (path.includes('/queryAll?') && !path.includes('COUNT')) {
        first = path
        return 0
      }
      const index = next.exec(path)?.[2]
      return index === undefined ? undefined : Number(index)
    },
    samplePath: () => first,
    wrap({ path, records, next }) {
      const root = /^\/services\/data\/v[\d.]+/.exec(path)?.[0] ?? ''
      const more = next === null ? '' : `"nextRecordsUrl":"${root}/query/01g000000000000001-${next}",`
      return `{"totalSize":${size},"done":${String(next === null)},${more}"records":[${records}]}`
    },
  }
}

const platform = await (platformName === 'salesforce' ? startSalesforce() : startHubspot())
const authorization = `Bearer ${platform.accessToken}`
const templates = new Map<string, readonly string[]>()
const served: string[] = []

/** The sample contact's text, cut where its number stands. */
async function templateOf(path: string): Promise<readonly string[]> {
  const address = platform.samplePath(path)
  const known = templates.get(address)
  if (known) return known
  const response = await fetch(platform.url + address, { headers: { authorization } })
  const page: { results?: unknown[]; records?: unknown[] } = JSON.parse(await response.text())
  const cut = JSON.stringify((page.results ?? page.records)?.[0]).split(String(sample))
  templates.set(address, cut)
  return cut
}

async function servePage(path: string, from: number): Promise<string> {
  const template = await templateOf(path)
  const to = Math.min(size, from + platform.pageSize)
  const records: string[] = []
  for (let index = from; index < to; index += 1) records.push(template.join(String(sample + index)))
  served.push(path)
  return platform.wrap({ path, records: records.join(','), next: to < size ? to : null })
}

async function passOn(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const { host: _host, connection: _connection, ...headers } = incoming.headers
  const answer = await fetch(platform.url + (incoming.url ?? '/'), {
    method: incoming.method ?? 'GET',
    headers: Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
  })
  const type = answer.headers.get('content-type') ?? 'application/json'
  response.writeHead(answer.status, { 'content-type': type, date: new Date().toUTCString() })
  response.end(await answer.text())
}

async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = incoming.url ?? '/'
  const from = platform.pageStart(path)
  if (path === '/pages') response.end(JSON.stringify(served.splice(0)))
  else if (from === undefined) await passOn(incoming, response)
  else {
    const body = Buffer.from(await servePage(path, from))
    response.writeHead(200, {
      'content-type': 'application/json;charset=utf-8',
      'content-length': body.length,
    })
    response.end(body)
  }
}

const server = createServer((incoming, response) => {
  handle(incoming, response).catch((error: unknown) => {
    response.writeHead(500).end(String(error))
  })
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  process.stdout.write(
    `${JSON.stringify({ url: `http://127.0.0.1:${port}`, accessToken: platform.accessToken })}\n`,
  )
})

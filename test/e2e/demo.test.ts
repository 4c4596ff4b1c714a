import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { listsPath } from '../../connectors/hubspot/client.ts'
import { runCli, startCli } from '../support/run-cli.ts'

const data = new URL('../../manifests/demo/data/', import.meta.url)
const dayMs = 24 * 60 * 60 * 1000

/** British Summer Time of 2010; all of the file's 2009 is winter. */
const summer = [Date.parse('2010-03-28T01:00:00Z'), Date.parse('2010-10-31T01:00:00Z')] as const

function londonTime(text: string): number {
  const at = Date.parse(`${text.replace(' ', 'T')}Z`)
  return at >= summer[0] && at < summer[1] ? at - 60 * 60 * 1000 : at
}

/** The same questions in plain code over the shop's file: no manifest, no warehouse, no rule language. */
async function countByHand(): Promise<{ bigSpenders: number; lapsed: number; oneTime: number }> {
  const text = gunzipSync(await readFile(new URL('invoices_2009_2010.csv.gz', data))).toString('utf8')
  const [head = '', ...lines] = text.trimEnd().split(/\r?\n/)
  const columns = head.split(',')
  const end = Date.parse('2010-12-10T00:00:00Z')
  const people = new Map<string, { spent: number; last: number; invoices: number }>()
  for (const line of lines) {
    const cells = line.split(',')
    const cell = (name: string): string => cells[columns.indexOf(name)] ?? ''
    const at = londonTime(cell('invoice_date'))
    const amount = Number(cell('amount'))
    if (cell('customer_id') === '' || cell('invoice').startsWith('C') || at > end) continue
    const person = people.get(cell('customer_id')) ?? { spent: 0, last: 0, invoices: 0 }
    people.set(cell('customer_id'), {
      spent: person.spent + (at > end - 90 * dayMs ? amount : 0),
      last: Math.max(person.last, at),
      invoices: person.invoices + 1,
    })
  }
  const all = [...people.values()]
  return {
    bigSpenders: all.filter(({ spent }) => spent >= 1000).length,
    lapsed: all.filter(({ last }) => last <= end - 180 * dayMs).length,
    oneTime: all.filter(({ invoices }) => invoices === 1).length,
  }
}

/** What a list of the HubSpot sandbox holds, asked as an outsider asks: by HTTP, with the token of the portal. */
async function countMembersOnHubspot(env: Readonly<Record<string, string | undefined>>, name: string) {
  const ask = async (path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`${env['HUBSPOT_BASE_URL']}${listsPath}${path}`, {
      headers: { authorization: `Bearer ${env['HUBSPOT_ACCESS_TOKEN']}`, 'content-type': 'application/json' },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    })
    return answer.json()
  }
  const { lists } = (await ask('/search', { query: name })) as { lists: { listId: string }[] }
  const members = new Set<string>()
  let after: string | undefined = ''
  while (after !== undefined) {
    const page = (await ask(`/${lists[0]?.listId}/memberships?limit=250&after=${after}`)) as Page
    for (const { recordId } of page.results) members.add(recordId)
    after = page.paging?.next?.after
  }
  return members.size
}

interface Page {
  readonly results: readonly { readonly recordId: string }[]
  readonly paging?: { readonly next?: { readonly after?: string } }
}

interface DemoReport {
  readonly url: string
  readonly second_write_calls: number
  readonly first: { readonly runs: readonly { readonly counters: Counters }[] }
  readonly lists: readonly { audience: string; members: number; segment: string; segment_members: number }[]
}
type Counters = Readonly<Record<'planned' | 'applied' | 'rejected' | 'skipped' | 'pending', number>>

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'affluent-e2e-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it('the demo delivers what plain code counts, answers while it stays up, refuses a second process, and stops when told', async () => {
  const workspace = join(folder, 'demo')
  const demo = startCli(['demo', '--workspace', workspace, '--port', '0', '--json'])
  const report = JSON.parse((await demo.seen(/^\{[^]*^\}\n/m))[0]) as DemoReport
  const byHand = await countByHand()

  expect(report.second_write_calls).toBe(0)
  for (const { counters } of report.first.runs) {
    const { planned, applied, rejected, skipped, pending } = counters
    expect(planned).toBe(applied + rejected + skipped + pending)
  }
  const token = await readFile(join(workspace, '.affluent', 'local-token'), 'utf8')
  const get = (path: string) =>
    fetch(`${report.url}${path}`, { headers: { authorization: `Bearer ${token.trim()}` } })
  expect((await get('/livez')).status).toBe(200)
  expect((await get('/readyz')).status).toBe(200)
  expect(await (await get('/v1/runs')).text()).toContain('lapsed-to-meta')
  const { segments } = (await (await get('/v1/segments')).json()) as {
    segments: { name: string; members: number }[]
  }
  const sizes = Object.fromEntries(segments.map(({ name, members }) => [name, members]))
  expect(sizes).toMatchObject({
    'big-spenders': byHand.bigSpenders,
    lapsed: byHand.lapsed,
    'one-time-buyers': byHand.oneTime,
  })

  const hubspot = report.lists.find(({ segment }) => segment === 'big-spenders')
  const env = parseEnv(await readFile(join(workspace, '.env'), 'utf8'))
  expect(hubspot?.members).toBeGreaterThan(100)
  expect(await countMembersOnHubspot(env, hubspot?.audience ?? '')).toBe(hubspot?.members)

  const cli = (...words: string[]) => runCli([...words, '--workspace', workspace])
  const [second, status] = await Promise.all([cli('serve'), cli('status')])
  expect(second.code).toBe(75)
  expect(second.err).toContain(`process ${demo.child.pid}`)
  expect(second.err).toContain(report.url)
  expect([status.code, status.out]).toEqual([0, expect.stringContaining(report.url)])

  demo.child.kill('SIGTERM')
  const { code, out } = await demo.ended()
  expect([code, JSON.parse(out)]).toEqual([0, expect.objectContaining({ type: 'demo' })])
  const plan = await cli('plan', '--as-of', '2010-12-10', '--detailed-exitcode')
  expect([plan.code, plan.err]).toEqual([0, ''])
})

import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

const rowsPerWrite = 1000

/** People of a shop that agreed to advertising, with one purchase each: who is "pro" is a member of a segment that Meta gets. */
export async function writeApiWorkspace(folder: string, size: number): Promise<void> {
  await mkdir(join(folder, 'manifests'), { recursive: true })
  await mkdir(join(folder, 'data'))
  for (const manifest of manifests)
    await writeFile(
      join(folder, 'manifests', `${manifest.kind}-${manifest.name}.json`),
      JSON.stringify({ version: 1, ...manifest }),
    )
  await writePeople(folder, { size, pro: 30 })
  const start = Date.now() - 86_400_000 * 60
  await writeRows(folder, 'purchases.csv', size, (index) => {
    const at = new Date(start + ((index * 7919) % 5_100_000) * 1000).toISOString()
    return `o${index},u${(index * 31) % size},${at},${index % 200}\n`
  })
}

/** The file of people: `pro` in a hundred have the plan "pro"; one in a hundred of the first thirty never has. */
export async function writePeople(
  folder: string,
  { size, pro }: { readonly size: number; readonly pro: number },
): Promise<void> {
  await writeRows(folder, 'people.csv', size, (index) => {
    const share = index % 100
    const plan = share < pro && !(pro > 30 && share === 7) ? 'pro' : 'free'
    const country = ['FR', 'DE', 'US', 'ES'][index % 4] ?? 'FR'
    return `u${index},person${index}@example.com,First${index % 5000},${country},${plan},yes\n`
  })
}

const headers: Readonly<Record<string, string>> = {
  'people.csv': 'id,email,first_name,country,plan,ads\n',
  'purchases.csv': 'id,user,at,amount\n',
}

async function writeRows(
  folder: string,
  file: string,
  size: number,
  toRow: (index: number) => string,
): Promise<void> {
  function* texts(): Generator<string> {
    yield headers[file] ?? ''
    for (let from = 0; from < size; from += rowsPerWrite)
      yield Array.from({ length: Math.min(rowsPerWrite, size - from) }, (_, place) =>
        toRow(from + place),
      ).join('')
  }
  await pipeline(Readable.from(texts()), createWriteStream(join(folder, 'data', file)))
}

const deliverTo = (segment: string, audience: string): object => ({
  segment,
  destination: { connection: 'meta', kind: 'custom_audience', audience },
  fields: { EMAIL: { identifier: 'email' }, FN: { trait: 'first_name' }, COUNTRY: { trait: 'country' } },
  consent: [{ purpose: 'marketing', channel: 'ads' }],
  // A mass change is the point here.
  guard: { max_removal_share: 1, max_removals: 100_000_000 },
})

const manifests = [
  {
    kind: 'profile_schema',
    name: 'people',
    traits: {
      first_name: { type: 'text' },
      country: { type: 'text' },
      plan: { type: 'text' },
      orders: { type: 'number', computed: { event: 'purchase' } },
    },
    identifiers: { customer_id: { form: 'exact' }, email: { form: 'email' } },
    events: { purchase: { properties: { amount: 'number' } } },
    consents: { marketing: { channels: ['ads'] } },
  },
  {
    kind: 'connection',
    name: 'shop',
    connector: 'files',
    config: {
      folder: 'data',
      streams: {
        people: { path: 'people.csv', format: 'csv', id: 'id' },
        purchases: { path: 'purchases.csv', format: 'csv', id: 'id' },
      },
    },
  },
  {
    kind: 'connection',
    name: 'meta',
    connector: 'meta',
    config: {
      base_url: '${env:META_BASE_URL}',
      access_token: '${env:META_ACCESS_TOKEN}',
      ad_account_id: 'act_1234567890',
    },
  },
  {
    kind: 'mapping',
    name: 'people',
    connection: 'shop',
    stream: 'people',
    identifiers: { customer_id: { from: 'id' }, email: { from: 'email' } },
    traits: { first_name: { from: 'first_name' }, country: { from: 'country' }, plan: { from: 'plan' } },
    consents: [{ purpose: 'marketing', channel: 'ads', from: 'ads', granted: ['yes'], denied: ['no'] }],
  },
  {
    kind: 'mapping',
    name: 'purchases',
    connection: 'shop',
    stream: 'purchases',
    events: [
      {
        event: 'purchase',
        person: { customer_id: { from: 'user' } },
        time: { from: 'at', apply: ['datetime'] },
        properties: { amount: { from: 'amount', apply: ['number'] } },
      },
    ],
  },
  { kind: 'segment', name: 'pro', rule: 'plan = "pro"' },
  { kind: 'segment', name: 'french', rule: 'country = "FR"' },
  { kind: 'segment', name: 'recent', rule: 'performed(purchase, last 30 days)' },
  { kind: 'segment', name: 'big-spenders', rule: 'sum(purchase.amount, last 60 days) > 150' },
  { kind: 'segment', name: 'lapsed', rule: 'orders >= 1 and not performed(purchase, last 30 days)' },
  { kind: 'sync', name: 'pull-people', source: { connection: 'shop', stream: 'people' } },
  { kind: 'sync', name: 'pull-purchases', source: { connection: 'shop', stream: 'purchases' } },
  { kind: 'sync', name: 'pro-to-meta', ...deliverTo('pro', 'Pro') },
  { kind: 'sync', name: 'big-spenders-to-meta', ...deliverTo('big-spenders', 'Big spenders') },
]

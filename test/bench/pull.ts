import { once } from 'node:events'
import { createWriteStream, rmSync, statSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import {
  getExampleNumber,
  parsePhoneNumberFromString,
  type CountryCode,
  type PhoneNumber,
} from 'libphonenumber-js/max'
import examples from 'libphonenumber-js/mobile/examples'
import { z } from 'zod'
import { filesConnector } from '../../connectors/files/connector.ts'
import type { BoundSource } from '../../core/connector/connector.ts'
import type { SourcePage } from '../../core/connector/source.ts'
import { mappingManifestSchema } from '../../core/manifest/manifest.ts'
import type { ProfileStore } from '../../core/port/profile-store.ts'
import { profileSchemaShape } from '../../core/profile/profile-schema.ts'
import { gatherPages } from '../../core/sync/gather-pages.ts'
import { recordsPerWrite } from '../../core/sync/pull.ts'
import { writeAhead } from '../../core/sync/write-ahead.ts'
import { openDuckDb } from '../../hub-server/warehouse/duckdb.ts'
import { createProfileStore } from '../../hub-server/warehouse/profile-store.ts'

const schema = z.strictObject(profileSchemaShape).parse({
  traits: {
    first_name: { type: 'text' },
    last_name: { type: 'text' },
    city: { type: 'text' },
    country: { type: 'text' },
  },
  identifiers: { email: { form: 'email' }, phone: { form: 'phone' }, shop_id: { form: 'exact' } },
  events: { purchase: { properties: { amount: 'number' } } },
  consents: { marketing: { channels: ['email'] } },
})

const mapping = mappingManifestSchema.parse({
  kind: 'mapping',
  version: 1,
  name: 'contacts',
  connection: 'export',
  stream: 'contacts',
  identifiers: {
    email: { from: 'email' },
    phone: { from: 'phone', country_from: 'country' },
    shop_id: { from: 'id' },
  },
  traits: {
    first_name: { from: 'first_name', apply: ['trim'] },
    last_name: { from: 'last_name' },
    city: { from: 'city' },
    country: { from: 'country', apply: ['country_code'] },
  },
  consents: [
    { purpose: 'marketing', channel: 'email', from: 'newsletter', granted: ['yes'], denied: ['no'] },
  ],
  events: [
    {
      event: 'purchase',
      where: [{ from: 'last_order_at', op: 'present' }],
      person: { email: { from: 'email' } },
      time: { from: 'last_order_at' },
      properties: { amount: { from: 'last_order_amount' } },
    },
  ],
})

/** Countries of the contacts, in turn; a European shop's. */
const countries: readonly CountryCode[] = [
  'GB',
  'DE',
  'FR',
  'US',
  'ES',
  'IT',
  'NL',
  'IE',
  'BE',
  'SE',
  'CH',
  'PL',
]

interface Contact {
  readonly email: string
  readonly phone: string
  readonly country: CountryCode
}

/** Contact `n`. One in ten is an earlier contact again: half of these share its e-mail, half its phone. */
function contact(n: number): Contact {
  const sameEmail = n % 20 === 9
  const samePhone = n % 20 === 19
  const mailer = sameEmail ? n - 7 : n
  const caller = samePhone ? n - 7 : n
  return {
    email: `Person.${mailer}@Mail${mailer % 97}.example`,
    phone: phoneOf(caller),
    country: countries[caller % countries.length] ?? 'GB',
  }
}

/** How numbers of a country are written: its example with the last six digits open. */
const phoneForms = countries.map((country) => {
  const example = getExampleNumber(country, examples)
  if (!example) throw new RangeError(`no example number of ${country}`)
  return {
    prefix: `+${example.countryCallingCode}`,
    trunk: example.formatNational().startsWith('0') ? '0' : '',
    start: example.nationalNumber.slice(0, -6),
  }
})

/** Distinct for each `n` below twelve million, written in one of three ways. */
function phoneOf(n: number): string {
  const form = phoneForms[n % countries.length]
  const last = String(Math.floor(n / countries.length) % 1_000_000).padStart(6, '0')
  if (!form) return last
  const way = Math.floor(n / 7) % 3
  if (way === 0) return `${form.prefix}${form.start}${last}`
  if (way === 1) return `${form.prefix} ${form.start} ${last.slice(0, 3)} ${last.slice(3)}`
  return `${form.trunk}${form.start}${last}`
}

async function writeContacts(path: string, size: number): Promise<void> {
  const file = createWriteStream(path)
  file.write(
    'id,email,phone,country,first_name,last_name,city,last_order_at,last_order_amount,newsletter,updated_at\n',
  )
  for (let start = 0; start < size; start += 10_000) {
    const lines: string[] = []
    for (let n = start; n < Math.min(size, start + 10_000); n += 1) {
      const { email, phone, country } = contact(n)
      const order =
        n % 2 === 0 ? `2026-01-${String((n % 28) + 1).padStart(2, '0')}T10:00:00Z,${(n % 500) + 0.5}` : ','
      lines.push(
        `c${n},${email},${phone},${country},First${n % 1000},Last${n},City${n % 300},${order},${['yes', 'no', ''][n % 3]},2026-01-31T00:00:00Z\n`,
      )
    }
    if (!file.write(lines.join(''))) await once(file, 'drain')
  }
  file.end()
  await once(file, 'close')
}

function openSource(folder: string): BoundSource {
  const connection = filesConnector.connect(
    {
      connection: 'export',
      call: () => Promise.reject(new Error('the files connector calls nobody')),
      fetch: () => Promise.reject(new Error('the files connector calls nobody')),
      clock: { now: Date.now, sleep: () => Promise.resolve() },
      logger: { debug() {}, info() {}, warn() {}, error() {} },
      workspace: folder,
    },
    { streams: { contacts: { path: 'contacts.csv', format: 'csv', id: 'id', version_at: 'updated_at' } } },
  )
  const source = connection.source('contacts')
  if (!source) throw new Error('no source')
  return source
}

const mappedFields = [
  'email',
  'phone',
  'country',
  'id',
  'first_name',
  'last_name',
  'city',
  'last_order_at',
  'last_order_amount',
  'newsletter',
]

async function pull(store: ProfileStore, source: BoundSource): Promise<number> {
  let records = 0
  const signal = new AbortController().signal
  const pages = gatherPages(source.read({ cursor: null, fields: mappedFields, signal }), recordsPerWrite)
  for await (const page of writeAhead(pages, (page) => write(store, page))) records += page.records.length
  return records
}

async function write(store: ProfileStore, { records, quarantined }: SourcePage): Promise<void> {
  await store.writePage({
    stream: { connection: 'export', stream: 'contacts' },
    runId: 'run_1',
    receivedAt: Date.now(),
    records,
    quarantined,
  })
}

/**
 * DuckDB alone loads the same file; libphonenumber alone parses, checks and formats the same numbers on one core: `phoneMs` what the hub
 * keeps, E.164; `phoneWholeMs` all that it tells of a number, its type and its written forms too.
 */
async function baseline(
  csv: string,
  folder: string,
  size: number,
): Promise<{ loadMs: number; phoneMs: number; phoneWholeMs: number; valid: number }> {
  const instance = await DuckDBInstance.create(join(folder, 'bare.duckdb'))
  const connection = await instance.connect()
  const loadMs = await timed(async () => {
    await connection.run(`CREATE TABLE contacts AS FROM read_csv('${csv.replaceAll("'", "''")}')`)
  })
  connection.closeSync()
  instance.closeSync()
  const numbers = Array.from({ length: size }, (_, n) => contact(n))
  let valid = 0
  const phoneMs = await timed(() => {
    for (const { phone, country } of numbers) {
      const parsed = parsePhoneNumberFromString(phone, country)
      if (parsed?.isValid() && parsed.format('E.164') !== '') valid += 1
    }
    return Promise.resolve()
  })
  const phoneWholeMs = await timed(() => {
    for (const { phone, country } of numbers) {
      const parsed = parsePhoneNumberFromString(phone, country)
      if (parsed?.isValid() && parsed.format('E.164') !== '' && wholeOf(parsed).includes('')) valid -= 1
    }
    return Promise.resolve()
  })
  return { loadMs, phoneMs, phoneWholeMs, valid }
}

const wholeOf = (number: PhoneNumber): readonly string[] => [
  number.getType() ?? 'unknown',
  number.formatInternational(),
  number.formatNational(),
]

/** User and system time of all threads together: what a busy machine does not distort much. */
const toMs = ({ user, system }: NodeJS.CpuUsage): number => Math.round((user + system) / 1000)

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return Math.round(performance.now() - startedAt)
}

/**
 * `size` contacts with distinct e-mails and phones, one in ten of them twice, from a CSV file to resolved profiles and events on disk.
 * The ratio is our time to that of DuckDB's bare load plus libphonenumber on one core, in the same run.
 */
export async function bench(options: { size: number }): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(join(tmpdir(), 'affluent-pull-'))
  const csv = join(folder, 'contacts.csv')
  const duckdb = await openDuckDb({ path: join(folder, 'warehouse.duckdb'), memoryLimitMb: 800 })
  try {
    await writeContacts(csv, options.size)
    const store = createProfileStore({ duckdb, clock: { now: Date.now, sleep: () => Promise.resolve() } })
    await store.prepare(schema)
    store.expect([mapping])
    let records = 0
    const cpuBefore = process.cpuUsage()
    const pullMs = await timed(async () => (records = await pull(store, openSource(folder))))
    let normalisedAfter = 0
    const startedAt = performance.now()
    const report = await store.refresh([mapping], {
      onProgress: (done, total) => {
        if (done === total) normalisedAfter = Math.round(performance.now() - startedAt)
      },
    })
    const refreshMs = Math.round(performance.now() - startedAt)
    const cpuMs = toMs(process.cpuUsage(cpuBefore))
    const peakRssMb = Math.round(process.resourceUsage().maxRSS / 1024)
    const counts = await store.counts()
    const bareCpuBefore = process.cpuUsage()
    const bare = await baseline(csv, folder, options.size)
    const bareCpuMs = toMs(process.cpuUsage(bareCpuBefore))
    const totalMs = pullMs + refreshMs
    return {
      size: options.size,
      fileMb: Math.round(statSync(csv).size / 1e6),
      records,
      ...counts,
      invalid: report.invalid,
      pullMs,
      normaliseMs: normalisedAfter,
      resolveMs: refreshMs - normalisedAfter,
      totalMs,
      recordsPerSecond: Math.round((records / totalMs) * 1000),
      peakRssMb,
      bareLoadMs: bare.loadMs,
      phoneMs: bare.phoneMs,
      phoneWholeMs: bare.phoneWholeMs,
      validPhones: bare.valid,
      cpuMs,
      bareCpuMs,
      cpuRatio: Number((cpuMs / bareCpuMs).toFixed(2)),
      ratio: Number((totalMs / (bare.loadMs + bare.phoneMs)).toFixed(2)),
      ratioToWhole: Number((totalMs / (bare.loadMs + bare.phoneWholeMs)).toFixed(2)),
    }
  } finally {
    duckdb.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

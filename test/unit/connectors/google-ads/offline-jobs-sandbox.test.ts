import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { credentials, makeGenericClientConstructor, Metadata, type Client } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  startGoogleAdsSandbox,
  type GoogleAdsSandbox,
} from '../../../../connectors/google-ads/sandbox/google-ads-sandbox.ts'
import { createFixedClock, type FixedClock } from '../../../support/fixed-clock.ts'

// The sandbox of the old upload path, asked by a plain gRPC client. Each test says which line of chapter 3.2 or 3.8 it holds.
const require = createRequire(import.meta.url)
const adsNode = createRequire(require.resolve('google-ads-api')).resolve('google-ads-node')
const gax = createRequire(adsNode).resolve('google-gax')
const protos = loadSync('google/ads/googleads/v25/services/offline_user_data_job_service.proto', {
  keepCase: true,
  longs: String,
  enums: String,
  includeDirs: [adsNode, gax].map((main) => join(dirname(main), '..', 'protos')),
})
const serviceName = 'google.ads.googleads.v25.services.OfflineUserDataJobService'
const JobClient = makeGenericClientConstructor(
  protos[serviceName] as Parameters<typeof makeGenericClientConstructor>[0],
  serviceName,
)

type Send = (
  request: object,
  metadata: Metadata,
  done: (error: Error | null, answer: { resource_name?: string; partial_failure_error?: object }) => void,
) => void

let clock: FixedClock
let sandbox: GoogleAdsSandbox
let client: Client | undefined
let authorization: string
let list: string

async function open(oldPathAllowed?: boolean): Promise<void> {
  await close()
  clock = createFixedClock('2026-11-22T10:00:00Z')
  sandbox = await startGoogleAdsSandbox({
    clock,
    changes: true,
    ...(oldPathAllowed !== undefined && { oldPathAllowed }),
  })
  client = new JobClient(sandbox.grpcUrl.replace('http://', ''), credentials.createInsecure())
  await authorise()
  const made = await fetch(`${sandbox.url}/v1/accountTypes/GOOGLE_ADS/accounts/1234567890/userLists`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ displayName: 'VIP', ingestedUserListInfo: { uploadKeyTypes: ['CONTACT_ID'] } }),
  })
  list = ((await made.json()) as { id: string }).id
}

async function close(): Promise<void> {
  client?.close()
  await sandbox?.close()
}

async function authorise(): Promise<void> {
  const form = {
    grant_type: 'refresh_token',
    client_id: 'sandbox-client',
    client_secret: 'sandbox-secret',
    refresh_token: 'sandbox-refresh',
  }
  const token = await fetch(`${sandbox.url}/token`, { method: 'POST', body: new URLSearchParams(form) })
  authorization = `Bearer ${((await token.json()) as { access_token: string }).access_token}`
}

beforeEach(() => open(true))
afterEach(close)

/** The answer, or the name of the error in the trailer. */
function call(method: string, request: object): Promise<{ resource_name?: string } | string> {
  const metadata = new Metadata()
  metadata.set('authorization', authorization)
  if (!client) throw new Error('no client')
  const send = Reflect.get(client, method) as Send
  return new Promise((resolve) => {
    send.call(client, request, metadata, (error, answer) => {
      const [trailer] =
        (error as { metadata?: Metadata } | null)?.metadata?.get(
          'google.ads.googleads.v25.errors.googleadsfailure-bin',
        ) ?? []
      resolve(error ? String(trailer) : answer)
    })
  })
}

const createJob = (consent?: object) =>
  call('CreateOfflineUserDataJob', {
    customer_id: '1234567890',
    job: {
      type: 'CUSTOMER_MATCH_USER_LIST',
      customer_match_user_list_metadata: {
        user_list: `customers/1234567890/userLists/${list}`,
        ...(consent && { consent }),
      },
    },
  })
const nameOf = async (): Promise<string> => {
  const job = await createJob()
  return typeof job === 'string' ? job : (job.resource_name ?? '')
}
const hashed = (count = 1) =>
  Array.from({ length: count }, (_, index) => ({ hashed_email: String(index).padStart(64, '0') }))
const addTo = (job: string, operations: object[], enable_partial_failure = true) =>
  call('AddOfflineUserDataJobOperations', { resource_name: job, operations, enable_partial_failure })

describe('google-ads sandbox: the old upload path (3.2)', () => {
  it('"CUSTOMER_NOT_ALLOWLISTED_FOR_THIS_FEATURE for new adopters" (trap 1), which is everybody by default', async () => {
    await open()
    expect(await createJob()).toContain('not allowlisted')
  })

  it('"jobs stay PENDING when run was never called" (trap 2)', async () => {
    const job = await nameOf()
    await addTo(job, [{ create: { user_identifiers: hashed() } }])
    clock.advance(48 * 3_600_000)
    expect(sandbox.lists.get(list)?.members.size).toBe(0)
    await authorise()
    await call('RunOfflineUserDataJob', { resource_name: job })
    clock.advance(6 * 3_600_000)
    expect(sandbox.lists.get(list)?.members.size).toBe(1)
  })

  it.each([
    ['"create and remove must not be mixed in one job"', ['create', 'remove'], 'in one job'],
    ['"remove_all must come first"', ['create', 'remove_all'], 'first operation'],
  ])('%s', async (_, kinds, words) => {
    const operations = kinds.map((kind) => ({
      [kind]: kind === 'remove_all' ? true : { user_identifiers: hashed() },
    }))
    expect(await addTo(await nameOf(), operations)).toContain(words)
  })

  it('"20 identifiers per operation", "up to 100,000 identifiers per request"', async () => {
    const job = await nameOf()
    const many = { create: { user_identifiers: hashed(21) } }
    expect(await addTo(job, [many], false)).toContain('20 identifiers')
    const operations = Array.from({ length: 5_001 }, () => ({ create: { user_identifiers: hashed(20) } }))
    expect(await addTo(job, operations)).toContain('100,000 identifiers')
  })

  it('"Without [partial failure] one bad operation fails all" (3.6); with it the others are taken', async () => {
    const job = await nameOf()
    const bad = { create: { user_identifiers: [{ hashed_email: 'mary@example.com' }] } }
    const good = { create: { user_identifiers: hashed() } }
    expect(await addTo(job, [good, bad], false)).toContain('malformed')
    expect(sandbox.jobs.get(job)?.operations).toHaveLength(0)
    expect(await addTo(job, [good, bad])).toMatchObject({ partial_failure_error: { code: 3 } })
    expect(sandbox.jobs.get(job)?.operations).toHaveLength(1)
  })

  it('"JOB_ALREADY_STARTED": neither people nor a second start', async () => {
    const job = await nameOf()
    await addTo(job, [{ create: { user_identifiers: hashed() } }])
    await call('RunOfflineUserDataJob', { resource_name: job })
    expect(await call('RunOfflineUserDataJob', { resource_name: job })).toContain('started already')
    expect(await addTo(job, [{ create: { user_identifiers: hashed() } }])).toContain('started already')
  })

  it('"DENIED -> CUSTOMER_NOT_ACCEPTED_CUSTOMER_DATA_TERMS"', async () => {
    expect(await createJob({ ad_user_data: 'GRANTED', ad_personalization: 'DENIED' })).toContain(
      'terms are not accepted',
    )
  })
})

import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { v1alpha as adminV1alpha } from '@google-analytics/admin'
import { v1beta as dataV1beta } from '@google-analytics/data'
import protobuf from 'protobufjs'
import { afterEach, expect, it, vi } from 'vitest'
import { faultsOfMessage } from '../../support/proto-faults.ts'
import { openGa4, readAll } from './open-ga4.ts'

// Every request as the connector hands it to Google's clients, against the protos inside of @google-analytics/data 7.2.0 and
// @google-analytics/admin 10.0.0 (Apache-2.0). The clients drop a name that is not in them without a word, so the wire proves nothing.
const require = createRequire(import.meta.url)
const load = (name: string): protobuf.Root =>
  protobuf.Root.fromJSON(
    require(join(dirname(require.resolve(name)), '..', 'protos', 'protos.json')) as protobuf.INamespace,
  )

const apis = [
  {
    prototype: dataV1beta.BetaAnalyticsDataClient.prototype,
    protos: load('@google-analytics/data'),
    namespace: 'google.analytics.data.v1beta',
    methods: [
      'runReport',
      'checkCompatibility',
      'createAudienceExport',
      'queryAudienceExport',
      'listAudienceExports',
    ],
  },
  {
    prototype: adminV1alpha.AnalyticsAdminServiceClient.prototype,
    protos: load('@google-analytics/admin'),
    namespace: 'google.analytics.admin.v1alpha',
    methods: [
      'createAudience',
      'listAudiences',
      'submitUserDeletion',
      'createCustomDimension',
      'listCustomDimensions',
      'getProperty',
      'listDataStreams',
      'listMeasurementProtocolSecrets',
    ],
  },
] as const

let opened: Awaited<ReturnType<typeof openGa4>>
afterEach(async () => {
  vi.restoreAllMocks()
  await opened.sandbox.close()
})

it('knows a wrong name, else it would prove nothing', async () => {
  opened = await openGa4()
  const type = apis[0].protos.lookupType('google.analytics.data.v1beta.RunReportRequest')
  expect(faultsOfMessage(type, { metrics: [{ nam: 'sessions' }] })).toContain('metrics.nam')
})

it('ga4: every request holds only what the published protos have, by name and type', async () => {
  const spies = apis.flatMap(({ prototype, protos, namespace, methods }) =>
    methods.map((method) => ({
      method,
      spy: vi.spyOn(prototype as unknown as Record<string, () => unknown>, method),
      type: protos.lookupType(`${namespace}.${method.charAt(0).toUpperCase()}${method.slice(1)}Request`),
    })),
  )
  const members = [{ userId: 'crm-1', deviceId: '1.2' }]
  opened = await openGa4(
    { audience_export: { audience_ids: ['11'] } },
    {
      rows: [{ date: '2026-11-20', sessionCampaignName: 'spring', sessions: 3 }],
      audiences: [{ id: '11', name: 'Purchasers', members }],
    },
  )
  const { connection } = opened
  await connection.test()
  await readAll(connection, 'daily_report')
  await readAll(connection, 'audience_members')
  const destination = connection.destination('segment_events')
  await destination?.create?.({ name: 'vip' })
  await destination?.find({ name: 'vip' })
  await connection
    .action('create_audience')
    ?.run({ name: 'VIP', segment: 'vip', event_trigger: 'joined_vip' })
  await connection.action('list_audiences')?.run({})
  await connection.erase?.({ keys: [], sent: [{ user_id: 'crm-1', app_instance_id: 'a'.repeat(32) }] })
  const calls = spies.map(({ method, spy }) => [method, spy.mock.calls.length > 0])
  expect(calls).toEqual(spies.map(({ method }) => [method, true]))
  const faults = spies.flatMap(({ method, spy, type }) =>
    (spy.mock.calls as unknown as object[][]).flatMap(([request = {}]) =>
      faultsOfMessage(type, withLongs(type, request)).map((fault) => [method, fault]),
    ),
  )
  expect(faults).toEqual([])
})

/** Numbers of 64 bits as JSON writes them, which is how they come back. */
function withLongs(type: protobuf.Type, json: object): object {
  return Object.fromEntries(
    Object.entries(json).map(([name, value]: [string, unknown]) => {
      const isLong = type.fields[name]?.type === 'int64'
      return [name, isLong && typeof value === 'number' ? String(value) : value]
    }),
  )
}

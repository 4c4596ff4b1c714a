/**
 * A hub that takes events into the workspace at argv[2] until SIGTERM, and ends with a cycle. Its first line of output is its address.
 */
import { parseManifest, toWorkspace } from '../../../core/manifest/parse-manifest.ts'
import { createCurrentWorkspace } from '../../../hub-server/current-workspace.ts'
import { openHub } from '../../../hub-server/hub.ts'
import { systemClock } from '../../../hub-server/net/system-clock.ts'
import { serveHub } from '../../../hub-server/serve-hub.ts'
import { sha256 } from '../../../hub-server/store/sha256.ts'
import { startLiveLoop } from '../../../hub-server/worker/live-loop.ts'
import { runCycle } from '../../../hub-server/worker/run-cycle.ts'
import { silentLogger } from '../silent-logger.ts'

const [, , folder = '', key = ''] = process.argv
const stopping = new AbortController()
process.once('SIGTERM', () => stopping.abort())

const events = { visit: { properties: {} } }
const person = { email: { from: 'userId' } }
const visit = { event: 'visit', person, time: { from: 'timestamp', apply: ['datetime'] } }
const manifests = [
  { kind: 'profile_schema', name: 'people', identifiers: { email: { form: 'email' } }, events },
  { kind: 'mapping', name: 'track', connection: 'events', stream: 'track', events: [visit] },
  { kind: 'segment', name: 'visitors', rule: 'performed(visit)' },
]
const workspace = toWorkspace(manifests.map((manifest) => parseManifest({ version: 1, ...manifest })))
if (!workspace) throw new TypeError('the workspace has a profile schema')

const hub = await openHub({
  folder,
  purpose: 'test',
  env: {},
  clock: systemClock,
  random: Math.random,
  logger: silentLogger,
  signal: new AbortController().signal,
  memoryMb: 300,
  secrets: {},
  redisUrl: undefined,
})
const at = systemClock.now()
const keys = await hub.control.writeKeys()
if (keys.length === 0)
  await hub.control.addWriteKey(sha256(key), { source: 'test', createdAt: at, createdBy: 'test' })
const open = await hub.open(workspace)
const live = startLiveLoop({ ports: open, workspace, actor: 'test' })
const server = await serveHub(hub, createCurrentWorkspace(hub, open), {
  host: '127.0.0.1',
  port: 0,
  env: {},
  publicUrl: undefined,
  onSignals: () => undefined,
  onEvents: () => live.wake(),
  onKept: () => live.wake(),
  clock: systemClock,
  logger: silentLogger,
})
// What an earlier process wrote and did not evaluate.
live.wake()
process.stdout.write(`${server.url}\n`)
await new Promise((resolve) => stopping.signal.addEventListener('abort', resolve))
await server.close()
const request = { workspace, asOf: systemClock.now(), actor: 'test', onEvent: () => undefined }
await live.runCycle(() => runCycle(open, { ...request, signal: new AbortController().signal }))
await live.stop()
await hub.close()

import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isTimeZone } from '../../../core/profile/time-zone.ts'
import { dataPaths } from '../../data-paths.ts'
import { trusts } from '../../http/trusted-proxies.ts'
import { readProxyNote } from '../proxy-watch.ts'
import { fault, fine, skipped, warning, type DoctorCheck } from './doctor-desk.ts'

/** The oldest Node that runs the hub; `engines` of package.json. */
const oldestNode = [24, 12] as const

/** The hub, its caches and the engine's own overhead, beside what the warehouse may use. */
const memoryBesideMb = 400

/** Fewer open files than this and a burst of callers is refused. */
const leastFiles = 1_024

/** File systems whose locks depend on a server. */
const remoteKinds: ReadonlySet<string> = new Set(['nfs', 'smb', 'cifs', 'fuse', '9p'])

/** Anything for the group or for others. */
const others = 0o077

/** Files that the hub makes readable by their owner only, wherever they lie. */
const closedFiles: ReadonlySet<string> = new Set([
  'control.sqlite',
  'events.sqlite',
  'secret.key',
  'local-token',
  'audit-head.json',
])

const mode = (path: string): number => statSync(path).mode

/** Checks of the machine and of the files: they need no store. */
export const machineChecks: readonly DoctorCheck[] = [
  {
    name: 'node_version',
    async look({ machine: { nodeVersion } }) {
      const [major = 0, minor = 0] = nodeVersion.replace(/^v/, '').split('.').map(Number)
      const isNew = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])
      return isNew ? fine : fault({ version: nodeVersion, needed: oldestNode.join('.') })
    },
  },
  {
    name: 'memory',
    async look({ machine, config: { memoryMb } }) {
      const wanted = memoryMb + memoryBesideMb
      return machine.memoryMb >= wanted ? fine : fault({ has: Math.floor(machine.memoryMb), wanted })
    },
  },
  {
    name: 'disk',
    async look({ machine, folder, config: { diskReserveMb } }) {
      const freeMb = Math.floor(machine.disk(folder).free / 1024 ** 2)
      const params = { free: freeMb, reserve: diskReserveMb }
      if (freeMb < diskReserveMb) return fault(params)
      return freeMb < 2 * diskReserveMb ? warning(params) : fine
    },
  },
  {
    name: 'local_disk',
    async look({ machine, folder }) {
      const { kind } = machine.disk(folder)
      return remoteKinds.has(kind) ? fault({ kind }) : fine
    },
  },
  {
    name: 'file_limit',
    look: async ({ machine: { fileLimit } }) =>
      fileLimit >= leastFiles ? fine : warning({ limit: fileLimit, wanted: leastFiles }),
  },
  {
    name: 'time_zone',
    async look({ machine: { timeZoneVariable: zone } }) {
      return zone === undefined || isTimeZone(zone.replace(/^:/, '')) ? fine : fault({ zone })
    },
  },
  {
    name: 'folder_permissions',
    async look({ folder }) {
      const { data } = dataPaths(folder)
      if (!existsSync(data)) return skipped
      return (mode(data) & others) === 0 ? fine : fault({ folder: data })
    },
  },
  {
    name: 'file_permissions',
    async look({ folder }) {
      const { data } = dataPaths(folder)
      if (!existsSync(data)) return skipped
      const isOpen = (name: string): boolean => (mode(join(data, name)) & others) !== 0
      // In a folder that is the owner's alone, only what the hub itself closes must be closed as well.
      const isFolderOpen = (mode(data) & others) !== 0
      const open = readdirSync(data).filter((name) => (isFolderOpen || closedFiles.has(name)) && isOpen(name))
      return open.length === 0 ? fine : fault({ file: join(data, open[0] ?? ''), count: open.length })
    },
  },
  {
    name: 'stores_writable',
    async look({ folder, machine }) {
      const { data } = dataPaths(folder)
      if (!existsSync(data)) return skipped
      const reason = machine.tryWrite(data)
      return reason === undefined ? fine : fault({ folder: data, reason })
    },
  },
  {
    name: 'lock',
    async look({ holder, folder, isInside }) {
      if (isInside) return fine
      if (holder) return fine
      const note = join(dataPaths(folder).data, 'lock-holder.json')
      // The kernel freed the lock when its holder died; only the note about it was left.
      return existsSync(note) ? warning({ file: note }) : fine
    },
  },
  {
    name: 'port',
    async look({ config: { host, port }, machine, holder, isInside }) {
      if (isInside || holder || port === 0) return skipped
      const reason = await machine.tryListen(host, port)
      return reason === undefined ? fine : fault({ host, port, reason })
    },
  },
  {
    name: 'public_address',
    async look({ config: { publicUrl } }) {
      if (publicUrl === undefined) return skipped
      const { protocol, hostname } = new URL(publicUrl)
      const isOwn = hostname === 'localhost' || hostname.startsWith('127.') || hostname === '[::1]'
      if (isOwn) return warning({ address: publicUrl })
      return protocol === 'https:' ? fine : fault({ address: publicUrl })
    },
  },
  {
    name: 'trusted_proxy',
    async look({ folder, config: { publicUrl, trustedProxies } }) {
      if (publicUrl === undefined) return skipped
      const address = readProxyNote(dataPaths(folder).proxyNote)
      return address === undefined || trusts(trustedProxies, address) ? fine : warning({ address })
    },
  },
  {
    name: 'redis',
    async look({ config: { redisUrl }, machine }) {
      if (redisUrl === undefined) return skipped
      const { hostname, port } = new URL(redisUrl)
      const place = { host: hostname, port: Number(port === '' ? 6379 : port) }
      const reason = await machine.tryConnect(place.host, place.port)
      return reason === undefined ? fine : fault({ ...place, reason })
    },
  },
  {
    name: 'alert_places',
    async look({ config: { alerts } }) {
      return (alerts.email ?? alerts.slackUrl ?? alerts.webhook) ? fine : warning()
    },
  },
]

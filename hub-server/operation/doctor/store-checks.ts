import { toAffluentError } from '../../../core/errors/affluent-error.ts'
import { readLast } from '../../audit/publish-checkpoints.ts'
import { verifyAudit } from '../../audit/verify-audit.ts'
import { dataPaths } from '../../data-paths.ts'
import { openDataKeys } from '../../secrets/data-keys.ts'
import { readWrappingKeys } from '../../secrets/wrapping-keys.ts'
import { readOperationRows } from '../read-operation-rows.ts'
import {
  fault,
  fine,
  skipped,
  warning,
  type DoctorCheck,
  type DoctorDesk,
  type Finding,
} from './doctor-desk.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Keys are rotated once a year: NIST SP 800-57 part 1, table 1, gives one to two years for keys that wrap. */
const longestKeyMs = 365 * dayMs

/** A backup a week, so that at most a week is looked at again after a restore. */
const longestBackupMs = 7 * dayMs

/** Audit checkpoints are published every five minutes when something happened. */
const longestCheckpointMs = dayMs

/** A clock may be that far behind the last entry of the audit log: several processes, daylight. */
const clockToleranceMs = 5 * 60_000

/** Waiting events of this size are two hours of a busy site. */
const largestSpoolBytes = 1024 ** 3

type Look = Omit<Finding, 'check'>

/** Most checks here need the store; without one they do not apply, and why it cannot be opened is told by one of them. */
const ofStore =
  (look: (desk: DoctorDesk, control: NonNullable<DoctorDesk['control']>) => Promise<Look>) =>
  (desk: DoctorDesk): Promise<Look> =>
    desk.control ? look(desk, desk.control) : Promise.resolve(skipped)

/** Checks of what the control store and its neighbours hold. */
export const storeChecks: readonly DoctorCheck[] = [
  {
    name: 'control_store',
    look: async ({ storeFault }) =>
      storeFault && storeFault.code !== 'store.newer_schema'
        ? fault({ code: storeFault.code, reason: String(storeFault.params['reason'] ?? storeFault.code) })
        : fine,
  },
  {
    name: 'schema',
    async look({ storeFault }) {
      if (storeFault?.code !== 'store.newer_schema') return fine
      const { found = 0, known = 0 } = storeFault.params
      return fault({ found, known })
    },
  },
  {
    name: 'audit_chain',
    look: ofStore(async ({ folder }, control) => {
      const report = await verifyAudit(control, dataPaths(folder).control)
      return report.ok ? fine : fault({ number: report.number, problem: report.problem })
    }),
  },
  {
    name: 'audit_checkpoint',
    look: ofStore(async ({ config, clock }, control) => {
      if (config.auditCheckpoints === undefined) return warning({ hours: 0 })
      const { number } = await readLast(control)
      const [unpublished] = await control.auditEntries({ from: number + 1, limit: 1 })
      const ageMs = unpublished ? clock.now() - unpublished.at : 0
      return ageMs > longestCheckpointMs ? fault({ hours: Math.floor(ageMs / hourMs) }) : fine
    }),
  },
  {
    name: 'key',
    look: ofStore(async ({ config, folder, clock }, control) => {
      try {
        await openDataKeys(control, readWrappingKeys(config.secrets, dataPaths(folder).secretKey), clock)
        return fine
      } catch (thrown) {
        return fault({ code: toAffluentError(thrown, 'opening the secrets').code })
      }
    }),
  },
  {
    name: 'key_age',
    look: ofStore(async ({ clock }, control) => {
      const newest = new Map<string, number>()
      for (const { purpose, createdAt } of await control.wrappedKeys())
        newest.set(purpose, Math.max(createdAt, newest.get(purpose) ?? 0))
      const oldest = Math.min(...newest.values())
      const ageMs = clock.now() - oldest
      return newest.size > 0 && ageMs > longestKeyMs ? warning({ days: Math.floor(ageMs / dayMs) }) : fine
    }),
  },
  {
    name: 'clock',
    look: ofStore(async ({ clock }, control) => {
      const { number } = await control.auditHead()
      const [last] = number === 0 ? [] : await control.auditEntries({ from: number, limit: 1 })
      const behindMs = last ? last.at - clock.now() : 0
      return behindMs > clockToleranceMs ? fault({ minutes: Math.ceil(behindMs / 60_000) }) : fine
    }),
  },
  {
    name: 'backup_age',
    look: ofStore(async ({ clock, folder }) => {
      const { lastBackupAt } = readOperationRows(dataPaths(folder))
      if (lastBackupAt === undefined) return warning({ days: 0 })
      const ageMs = clock.now() - lastBackupAt
      return ageMs > longestBackupMs ? warning({ days: Math.floor(ageMs / dayMs) }) : fine
    }),
  },
  {
    name: 'inbox',
    look: ofStore(async ({ clock, folder }) => {
      const { inboxOldestAt, inboxWaiting } = readOperationRows(dataPaths(folder))
      const ageMs = inboxOldestAt === undefined ? 0 : clock.now() - inboxOldestAt
      return ageMs > dayMs ? warning({ count: inboxWaiting, hours: Math.floor(ageMs / hourMs) }) : fine
    }),
  },
  {
    name: 'event_queue',
    look: ofStore(async ({ folder }) => {
      const { spoolBytes } = readOperationRows(dataPaths(folder))
      const mb = Math.floor(spoolBytes / 1024 ** 2)
      return spoolBytes > largestSpoolBytes ? warning({ mb }) : fine
    }),
  },
]

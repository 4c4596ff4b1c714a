import type { Clock } from '../../../core/port/clock.ts'
import { startSandboxServer, type SandboxServer } from '../../sandbox-kit/sandbox-server.ts'
import { adminRoutes } from './admin-routes.ts'
import { exportRoutes } from './export-routes.ts'
import { refuseAtGate } from './gate.ts'
import { measurementRoutes } from './measurement-routes.ts'
import { createQuotaBook, type QuotaBook } from './quota-book.ts'
import { reportRoutes, type Catalogue } from './report-routes.ts'
import type {
  ReportFlags,
  Role,
  SandboxMember,
  SandboxProperty,
  SandboxRow,
  SandboxUser,
} from './sandbox-property.ts'
import { tokenRoutes, type TokenBook, type TokenIssuer } from './token-routes.ts'

export interface Ga4SandboxOptions extends TokenIssuer {
  readonly clock: Clock
  readonly port?: number
  /** Default "123456789". */
  readonly propertyId?: string
  /** A token that never ends, beside those of the token endpoint. Default "sandbox-token". */
  readonly accessToken?: string
  /** Default "sandbox-secret", for the streams "G-SANDBOX1" and "1:1234:android:abcd". */
  readonly measurementApiSecret?: string
  readonly rows?: readonly SandboxRow[]
  readonly audiences?: readonly {
    readonly id: string
    readonly name: string
    readonly members: readonly SandboxMember[]
  }[]
  /** Default "editor". */
  readonly role?: Role
  /** Default "standard". */
  readonly tier?: 'standard' | 'analytics_360'
  /** Default "published"; "off" counts and tells quotas and refuses nothing. */
  readonly limits?: 'published' | 'off'
  /** Default "Etc/UTC". */
  readonly timeZone?: string
  readonly incompatible?: Catalogue['incompatible']
}

/** The server, what the property holds, and its switches. */
export interface Ga4Sandbox extends SandboxServer {
  readonly property: SandboxProperty
  readonly quota: QuotaBook
  readonly users: ReadonlyMap<string, SandboxUser>
  /** Replaces the raw data that reports are made of. */
  setRows(rows: readonly SandboxRow[]): void
  setFlags(flags: ReportFlags): void
  setRole(role: Role): void
  setMembers(audienceId: string, members: readonly SandboxMember[]): void
  /** All tokens, also those that are asked for from now on, are refused; false lets them in again. */
  revoke(revoked: boolean): void
  /** The next export that is created fails after its time, with these words. */
  failNextExport(words: string): void
}

const dimensions = [
  'date',
  'sessionCampaignName',
  'sessionSourceMedium',
  'audienceName',
  'audienceId',
  'country',
  'itemName',
  'userAgeBracket',
]
const metrics = [
  'activeUsers',
  'sessions',
  'keyEvents',
  'purchaseRevenue',
  'totalRevenue',
  'advertiserAdCost',
  'advertiserAdClicks',
  'returnOnAdSpend',
]

/** Starts one local server for Google's token endpoint, Data API, Admin API and Measurement Protocol of one property. */
export async function startGa4Sandbox(options: Ga4SandboxOptions): Promise<Ga4Sandbox> {
  const { clock } = options
  const property = createProperty(options)
  const book: TokenBook = { issued: new Map(), revoked: false }
  book.issued.set(options.accessToken ?? 'sandbox-token', {
    scopes: ['https://www.googleapis.com/auth/analytics.edit'],
    expiresAt: Number.POSITIVE_INFINITY,
  })
  const quota = createQuotaBook(clock, {
    tier: options.tier ?? 'standard',
    enforced: options.limits !== 'off',
  })
  const catalogue = { dimensions, metrics, incompatible: options.incompatible ?? [] }
  const server = await startSandboxServer({
    clock,
    ...(options.port !== undefined && { port: options.port }),
    ledger: property.ledger,
    routes: [
      ...tokenRoutes(options, book, clock),
      ...reportRoutes(property, quota, catalogue),
      ...exportRoutes(property, quota),
      ...adminRoutes(property),
      ...measurementRoutes(property),
    ],
    before: (request) => refuseAtGate(property, book, request),
  })
  return { ...server, property, quota, users: property.users, ...createSwitches(property, book) }
}

function createProperty(options: Ga4SandboxOptions): SandboxProperty {
  const { clock } = options
  const audiences = (options.audiences ?? []).map(({ id, name, members }) => ({
    id,
    displayName: name,
    description: 'Seeded.',
    membershipDurationDays: 30,
    filterClauses: [],
    createdAt: clock.now(),
    members,
  }))
  return {
    id: options.propertyId ?? '123456789',
    clock,
    timeZone: options.timeZone ?? 'Etc/UTC',
    ledger: [],
    audiences: new Map(audiences.map((each) => [each.id, each])),
    exports: new Map(),
    dimensions: new Map(),
    users: new Map(),
    discarded: [],
    stream: { id: '77', measurementId: 'G-SANDBOX1', firebaseAppId: '1:1234:android:abcd' },
    secrets: [options.measurementApiSecret ?? 'sandbox-secret'],
    rows: [...(options.rows ?? [])],
    flags: {},
    role: options.role ?? 'editor',
    nextExportFailure: undefined,
    operationNamesExport: true,
    nextId: 1000,
  }
}

type Switches = Omit<Ga4Sandbox, keyof SandboxServer | 'property' | 'quota' | 'users'>

function createSwitches(property: SandboxProperty, book: TokenBook): Switches {
  return {
    setRows(rows) {
      property.rows = [...rows]
    },
    setFlags(flags) {
      property.flags = flags
    },
    setRole(role) {
      property.role = role
    },
    setMembers(audienceId, members) {
      const audience = property.audiences.get(audienceId)
      if (audience) audience.members = members
    },
    revoke(revoked) {
      book.revoked = revoked
    },
    failNextExport(words) {
      property.nextExportFailure = words
    },
  }
}

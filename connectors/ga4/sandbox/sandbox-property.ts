import type { Clock } from '../../../core/port/clock.ts'
import type { LedgerEntry } from '../../sandbox-kit/sandbox-server.ts'

/** Roles that a user of a property may have, weakest first. */
export const roles = ['none', 'viewer', 'analyst', 'marketer', 'editor'] as const
export type Role = (typeof roles)[number]

/** One row of raw data: dimensions as texts, metrics as numbers. `date` is "2026-11-01". */
export type SandboxRow = Readonly<Record<string, string | number>>

export interface SandboxMember {
  readonly userId?: string
  readonly deviceId?: string
}

export interface SandboxAudience {
  readonly id: string
  readonly displayName: string
  readonly description: string
  readonly membershipDurationDays: number
  readonly filterClauses: readonly unknown[]
  readonly createdAt: number
  members: readonly SandboxMember[]
}

export interface SandboxExport {
  readonly id: string
  readonly audience: string
  readonly dimensions: readonly string[]
  readonly createdAt: number
  readonly members: readonly SandboxMember[]
  /** Why it fails in the end, if it does. */
  readonly failure: string | undefined
}

export interface SandboxDimension {
  readonly id: string
  readonly parameterName: string
  readonly displayName: string
  readonly description: string
  readonly scope: string
}

/** One event that was recorded, with the user properties of its request. */
interface SandboxEvent {
  readonly at: number
  readonly name: string
  readonly params: Readonly<Record<string, unknown>>
}

/** A user as Analytics knows it after Measurement Protocol requests. */
export interface SandboxUser {
  readonly ids: Readonly<Record<string, string>>
  readonly properties: Map<string, unknown>
  readonly events: SandboxEvent[]
}

/** Why a report cannot be trusted, as switches. */
export interface ReportFlags {
  readonly thresholded?: boolean
  readonly otherRow?: boolean
  readonly sampled?: { readonly read: number; readonly space: number }
  readonly truncated?: boolean
}

/** All that the pretend property holds. */
export interface SandboxProperty {
  readonly id: string
  readonly clock: Clock
  readonly timeZone: string
  readonly ledger: LedgerEntry[]
  readonly audiences: Map<string, SandboxAudience>
  readonly exports: Map<string, SandboxExport>
  readonly dimensions: Map<string, SandboxDimension>
  /** By the id that names the user: user_id, else client_id or app_instance_id. */
  readonly users: Map<string, SandboxUser>
  /** What /mp/collect answered 204 to and threw away. */
  readonly discarded: string[]
  readonly stream: { readonly id: string; readonly measurementId: string; readonly firebaseAppId: string }
  readonly secrets: string[]
  rows: SandboxRow[]
  flags: ReportFlags
  role: Role
  nextExportFailure: string | undefined
  /** Google names the export in the operation's response; when false, the answer is the empty metadata alone. */
  operationNamesExport: boolean
  nextId: number
}

/** A new number for an audience, an export or a dimension. */
export function takeId(property: SandboxProperty): string {
  property.nextId += 1
  return String(property.nextId)
}

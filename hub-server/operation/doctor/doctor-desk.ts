import type { ErrorParams } from '../../../core/errors/affluent-error.ts'
import type { Workspace } from '../../../core/manifest/manifest.ts'
import type { Clock } from '../../../core/port/clock.ts'
import type { ControlStore } from '../../../core/port/control-store.ts'
import type { Config } from '../../config.ts'

/** What checks ask of the machine: handed in, so that each fault can be planted. */
export interface Machine {
  readonly nodeVersion: string
  /** Megabytes that this process may use, by the machine or its container. */
  readonly memoryMb: number
  /** Bytes free in a folder, and what kind of file system it lies on ("ext4", "nfs" …). */
  readonly disk: (folder: string) => { readonly free: number; readonly kind: string }
  /** How many files this process may have open. */
  readonly fileLimit: number
  /** The zone that times without one are read in, as it is named; undefined: the system's. */
  readonly timeZoneVariable: string | undefined
  /** Nothing listens there, and we may. Otherwise the system's code ("EADDRINUSE"). */
  readonly tryListen: (host: string, port: number) => Promise<string | undefined>
  /** Something answers there. Otherwise the system's code. */
  readonly tryConnect: (host: string, port: number) => Promise<string | undefined>
  /** A file can be written in the folder. Otherwise the system's code. */
  readonly tryWrite: (folder: string) => string | undefined
}

/** What doctor looks at. Nothing of it is changed. */
export interface DoctorDesk {
  /** The workspace. */
  readonly folder: string
  readonly config: Config
  readonly clock: Clock
  readonly machine: Machine
  /** Undefined where there is no store yet, or it cannot be opened. */
  readonly control: ControlStore | undefined
  /** Why the store cannot be opened. */
  readonly storeFault: { readonly code: string; readonly params: ErrorParams } | undefined
  /** The manifests in force; undefined before the first `apply`. */
  readonly applied: Workspace | undefined
  /** True when this is asked of a hub that runs, which itself holds the lock and the port. */
  readonly isInside: boolean
  /** Who holds the data folder, when that is another process. */
  readonly holder: ErrorParams | undefined
}

/** What a check found. `params` fill its words; they hold no secret and no person. */
export interface Finding {
  readonly check: string
  /** `skipped`: it does not apply here. */
  readonly state: 'ok' | 'warning' | 'fault' | 'skipped'
  readonly params: ErrorParams
}

/** A check as data: its words are in `locales/<language>/cli.json` under `doctor.checks.<name>`. */
export interface DoctorCheck {
  readonly name: string
  readonly look: (desk: DoctorDesk) => Promise<Omit<Finding, 'check'>>
}

export const fine: Omit<Finding, 'check'> = { state: 'ok', params: {} }
export const skipped: Omit<Finding, 'check'> = { state: 'skipped', params: {} }
export const fault = (params: ErrorParams = {}): Omit<Finding, 'check'> => ({ state: 'fault', params })
export const warning = (params: ErrorParams = {}): Omit<Finding, 'check'> => ({ state: 'warning', params })

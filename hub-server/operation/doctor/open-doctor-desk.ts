import { existsSync } from 'node:fs'
import { AffluentError, toAffluentError, type ErrorParams } from '../../../core/errors/affluent-error.ts'
import type { Workspace } from '../../../core/manifest/manifest.ts'
import { parseManifest, toWorkspace } from '../../../core/manifest/parse-manifest.ts'
import type { Clock } from '../../../core/port/clock.ts'
import type { ControlStore } from '../../../core/port/control-store.ts'
import type { Config } from '../../config.ts'
import { dataPaths } from '../../data-paths.ts'
import { openControlStore } from '../../store/open-control-store.ts'
import { acquireWorkspaceLock } from '../../store/workspace-lock.ts'
import type { DoctorDesk, Machine } from './doctor-desk.ts'

export interface OpenDoctorDesk {
  readonly folder: string
  readonly config: Config
  readonly clock: Clock
  readonly machine: Machine
}

/**
 * What doctor looks at from outside of a hub, whether one runs or not, or cannot run. Nothing is made: a workspace without data has none afterwards.
 */
export async function withDoctorDesk<Result>(
  options: OpenDoctorDesk,
  work: (desk: DoctorDesk) => Promise<Result>,
): Promise<Result> {
  const { folder, clock } = options
  const holder = findHolder(folder, clock)
  const { control, storeFault } = await openStore(folder, clock)
  try {
    const applied = control && (await readApplied(control))
    return await work({ ...options, control, storeFault, applied, isInside: false, holder })
  } finally {
    await control?.close()
  }
}

function findHolder(folder: string, clock: Clock): ErrorParams | undefined {
  const { data } = dataPaths(folder)
  // Before the lock is taken: to take it writes the note about its holder anew.
  if (!existsSync(data) || !existsSync(`${data}/lock.sqlite`)) return undefined
  try {
    acquireWorkspaceLock(data, { purpose: 'doctor', clock, silent: true }).release()
    return undefined
  } catch (thrown) {
    return thrown instanceof AffluentError && thrown.code === 'store.locked' ? thrown.params : undefined
  }
}

async function openStore(folder: string, clock: Clock): Promise<Pick<DoctorDesk, 'control' | 'storeFault'>> {
  const { control: path } = dataPaths(folder)
  if (!existsSync(path)) return { control: undefined, storeFault: undefined }
  try {
    return { control: await openControlStore(path, clock, { inspect: true }), storeFault: undefined }
  } catch (thrown) {
    const { code, params } = toAffluentError(thrown, 'opening the control store')
    return { control: undefined, storeFault: { code, params } }
  }
}

async function readApplied(control: ControlStore): Promise<Workspace | undefined> {
  const documents = await control.appliedManifests()
  return toWorkspace(documents.map(({ document }) => parseManifest(document)))
}

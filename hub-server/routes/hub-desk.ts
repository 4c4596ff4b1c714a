import type { Clock } from '../../core/port/clock.ts'
import type { Logger } from '../../core/port/logger.ts'
import type { Operations } from '../api/operations.ts'
import type { Environment } from '../config.ts'
import type { Hub, OpenWorkspace } from '../hub.ts'
import type { Cursors } from './cursors.ts'

/** What handlers work with: the same for the network and for the command line. */
export interface HubDesk {
  readonly hub: Hub
  /** Where the references of manifests are looked up. */
  readonly env: Environment
  readonly clock: Clock
  readonly logger: Logger
  /** What is in force, ready to be worked with. Throws `run.not_applied`, naming the act. */
  readonly open: (act: string) => Promise<OpenWorkspace>
  /** Cycles run alone, and beside nothing that delivers. */
  readonly alone: <Result>(work: () => Promise<Result>) => Promise<Result>
  /** Puts other manifests in force; see `CurrentWorkspace`. */
  readonly replace: (change: () => Promise<OpenWorkspace>) => Promise<void>
  readonly operations: Operations
  readonly cursors: Cursors
  /** Where browsers reach the hub, without a slash at its end; undefined: nowhere, it was opened for one command. */
  readonly address: () => string | undefined
}

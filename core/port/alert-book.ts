import type { ErrorParams } from '../errors/affluent-error.ts'

/** Something that needs a person, by what it concerns: "sync/to-crm", "connection/hubspot", "disk". */
export interface Alert {
  readonly subject: string
  /** A code of the error table. */
  readonly code: string
  /** No secret and no person. */
  readonly params: ErrorParams
}

/** An alert in force. */
interface StandingAlert extends Alert {
  /** Epoch milliseconds. */
  readonly since: number
}

/** One message that one place is to be told. */
export interface AlertNotice extends Alert {
  readonly number: number
  readonly change: 'raised' | 'recovered'
  readonly at: number
  /** "email", "slack" or "webhook". */
  readonly place: string
  /** How often it was tried. */
  readonly attempts: number
}

/** Alerts in force and the messages about them, so that each change is told once, whatever becomes of the process. */
export interface AlertBook {
  alerts(): Promise<StandingAlert[]>
  /** Raises and ends alerts and notes one message for each change and place, all or nothing. */
  changeAlerts(change: {
    readonly raised: readonly Alert[]
    readonly recovered: readonly StandingAlert[]
    readonly places: readonly string[]
    readonly at: number
  }): Promise<void>
  /** Messages whose time has come, oldest first. */
  dueNotices(now: number, limit: number): Promise<AlertNotice[]>
  /** It was told. */
  settleNotice(number: number, at: number): Promise<void>
  /** It could not be told: again at `nextAt`, or never when that is undefined. */
  postponeNotice(number: number, nextAt: number | undefined): Promise<void>
}

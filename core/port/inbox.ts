import type { ChangeSignal } from '../connector/signal.ts'

/** A signal that a platform told, and of which connection. */
export interface ToldSignal {
  readonly connection: string
  readonly signal: ChangeSignal
  /** The W3C `traceparent` of the request that told it first. */
  readonly trace?: string | undefined
}

/** A signal that nothing was done about yet. */
export interface WaitingSignal extends ToldSignal {
  readonly number: number
  /** When it came first, epoch milliseconds. */
  readonly receivedAt: number
}

/** What keeping signals did, in counts of signals. */
export interface KeptSignals {
  readonly fresh: number
  /** Known by their id: dropped. */
  readonly repeated: number
  /** Of the repeated, those whose kept signal was told with another content at least once. The first content stays. */
  readonly differing: number
}

/**
 * Signals between their arrival and the cycle that follows them. A signal is `waiting`, then `handled`; one that somebody is to be
 * erased becomes `erase_wanted` in between, and is neither handled nor forgotten before the person is erased everywhere.
 */
export interface Inbox {
  /** Keeps all of them or none, durably when the promise resolves. A connection's signal whose id is known has no second effect. */
  keepSignals(signals: readonly ToldSignal[]): Promise<KeptSignals>
  /** The oldest ones that wait, in the order of their arrival. */
  waitingSignals(limit: number): Promise<WaitingSignal[]>
  /** Notes that waiting signals were followed. */
  settleSignals(numbers: readonly number[]): Promise<void>
  /** Drops what was handled before the instant (epoch milliseconds); a signal that comes again after that is taken for new. */
  forgetSignals(before: number): Promise<number>
  /** Names a signal to whoever asked for something by it: the same however often it is told. Opaque, 32 hexadecimal digits. */
  codeOf(told: ToldSignal): string
  /** Where a signal is, by its code; undefined: never kept, or forgotten. */
  signalState(code: string): Promise<SignalState | undefined>
}

/** Where a kept signal is; see `Inbox`. */
export type SignalState = 'waiting' | 'handled' | 'erase_wanted'

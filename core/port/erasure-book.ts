import type { ErasedCounts, Erasure, ErasureTarget } from '../person-request/erasure.ts'
import type { WaitingSignal } from './inbox.ts'

/** An object of a connection that named a person who is erased now. */
export interface NamedObject {
  readonly connection: string
  readonly externalId: string
}

/** Requests to erase somebody, from the moment they are taken up until nobody is left to ask. Holds nothing that names a person in the clear. */
export interface ErasureBook {
  /** Notes a request with all its targets, durably. */
  openErasure(erasure: Erasure): Promise<void>
  /** Notes that the hub holds nothing of the person any more, and how many rows it took away; their number is forgotten with it. */
  noteErasedHere(id: string, counts: ErasedCounts, at: number): Promise<void>
  writeErasureTarget(id: string, target: ErasureTarget): Promise<void>
  /** Ends a request; the signal that asked for it is handled from then on. */
  finishErasure(id: string, at: number): Promise<void>
  erasure(id: string): Promise<Erasure | undefined>
  /** Newest first. `open`: only those that are not done. `limit`: 1,000 where it is not said. */
  erasures(filter?: {
    readonly open?: boolean
    readonly limit?: number
    readonly after?: Pick<Erasure, 'requestedAt' | 'id'> | undefined
  }): Promise<Erasure[]>
  /** Signals that somebody is to be erased and that no request was opened for, oldest first. */
  wantedErasures(limit: number): Promise<WaitingSignal[]>
  /** Takes out of kept signals what names these objects; their codes stay, so that they are recognised. */
  forgetObjects(objects: readonly NamedObject[]): Promise<void>
  /**
   * Rewrites the store's file without the remains of what was deleted. Whatever interrupts it, the store holds what it held.
   */
  compact(): Promise<void>
}

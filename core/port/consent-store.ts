import type { ConsentEntry } from '../consent/decide-consent.ts'

/** Whom an entry is about: the object of a platform, a profile, or anybody who has an identifier (normalised), known yet or not. */
export type ConsentSubject =
  | { readonly connection: string; readonly stream: string; readonly externalId: string }
  | { readonly profileId: string }
  | { readonly kind: string; readonly value: string }

/** A decision to be noted. */
export interface NewConsentEntry extends Omit<ConsentEntry, 'notedAt' | 'standing'> {
  readonly subject: ConsentSubject
  /** What is noted once however often it is told; null: every time. */
  readonly key: string | null
}

/** The ledger of consents: entries are only ever added, and a person's state follows from all of them. */
export interface ConsentStore {
  /**
   * Notes decisions durably, in one transaction; the profiles they are about follow at once. An object that was never pulled is nobody
   * yet: its entries are left out.
   */
  append(
    entries: readonly NewConsentEntry[],
  ): Promise<{ readonly noted: number; readonly profilesChanged: number }>
  /** All entries about a profile, in the order in which they were noted. */
  ledger(profileId: string): Promise<readonly ConsentEntry[]>
  /** How often this process noted something: another number than before means that somebody decided since. */
  revision(): number
  /** True when an identifier of the profile is on the suppression list. */
  isSuppressed(profileId: string): Promise<boolean>
}

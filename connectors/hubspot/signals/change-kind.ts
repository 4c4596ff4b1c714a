import type { ChangeSignal } from '../../../core/connector/signal.ts'

/** Streams by the vendor's type id. Signals about other objects are left out: nothing is read of them. */
export const streamOfType: Readonly<Record<string, string>> = {
  '0-1': 'contacts',
  '0-2': 'companies',
  '0-3': 'deals',
}

/** What the journal's actions mean to the hub. A restored record and a new link are changes: the record is read again. */
export const kindOfAction: Readonly<Record<string, ChangeSignal['kind']>> = {
  CREATE: 'changed',
  UPDATE: 'changed',
  RESTORE: 'changed',
  SNAPSHOT: 'changed',
  ASSOCIATION_ADDED: 'changed',
  ASSOCIATION_REMOVED: 'changed',
  DELETE: 'deleted',
  MERGE: 'merged',
  GDPR_DELETE: 'erased',
  ADDED_TO_LIST: 'member_added',
  REMOVED_FROM_LIST: 'member_removed',
  APP_UNINSTALL: 'uninstalled',
}

/** What the last part of a push event's type means to the hub. */
export const kindOfEvent: Readonly<Record<string, ChangeSignal['kind']>> = {
  creation: 'changed',
  propertyChange: 'changed',
  restore: 'changed',
  associationChange: 'changed',
  deletion: 'deleted',
  merge: 'merged',
  privacyDeletion: 'erased',
}

/** A change of these properties to "true" is an opt-out: of everything, or of one kind of e-mail. */
export function isOptOut(property: string | undefined, value: string | undefined): boolean {
  return property !== undefined && /^hs_email_optout(?:_\d+)?$/.test(property) && value === 'true'
}

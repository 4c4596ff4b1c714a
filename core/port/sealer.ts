/** Makes a text unreadable for whoever has only the store. `place` names where it stands: moved elsewhere it cannot be opened. */
export interface Sealer {
  seal(text: string, place: string): string
  /** Throws `store.damaged` when it was altered, moved, or sealed with another key. */
  open(sealed: string, place: string): string
}

/** Where the access to a connection stands. Its revision is part of it, so that an older text put back cannot be opened. */
export const accessPlace = (connection: string, revision: number): string =>
  `platform_grant/${connection}/${revision}`

/** Where it stands whom a connection must be asked to forget. */
export const erasurePlace = (request: string, connection: string): string =>
  `erasure_target/${request}/${connection}`

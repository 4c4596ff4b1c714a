/** Makes a text unreadable for whoever has only the store. `place` names where it stands: moved elsewhere it cannot be opened. */
export interface Sealer {
  seal(text: string, place: string): string
  /** Throws `store.damaged` when it was altered, moved, or sealed with another key. */
  open(sealed: string, place: string): string
}

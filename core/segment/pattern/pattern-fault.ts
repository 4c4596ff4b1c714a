/** Why a pattern cannot be read, in words, and at which of its characters, counted from 1. */
export class PatternFault {
  readonly found: string
  readonly position: number

  constructor(found: string, position: number) {
    this.found = found
    this.position = position
  }
}

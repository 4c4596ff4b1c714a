/** A value that cannot be used, with a stable code: "not_a_date", "invalid_phone". It never holds the value itself. */
export class Refusal {
  readonly code: string

  constructor(code: string) {
    this.code = code
  }
}

/** A usable value, or why there is none. */
export type Checked<Value> = Value | Refusal

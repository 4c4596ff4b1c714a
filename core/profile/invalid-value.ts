import type { Refusal } from './refusal.ts'

/** A value that a mapping could not use: the source field and a stable code, never the value. */
export interface InvalidValue {
  readonly field: string
  readonly code: string
}

export type ReportInvalid = (field: string, refusal: Refusal) => void

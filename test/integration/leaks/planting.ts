import { markedPerson } from './marks.ts'

/** A secret that the hub or a platform made, and what it is. */
export type Captured = Map<string, string>

/** Numbers of the secrets that are pasted, guessed or typed wrongly. */
export const pastedSecrets = Array.from({ length: 24 }, (_, at) => 22 + at)

export const json = { 'content-type': 'application/json' }

export const posted = (
  value: unknown,
): {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
} => ({
  method: 'POST',
  headers: json,
  body: JSON.stringify(value),
})

export const emailOf = (number: number): string => markedPerson(number).email

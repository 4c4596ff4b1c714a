import { z } from 'zod'
import type { ErrorParams } from '../../../core/errors/affluent-error.ts'
import { errorCodes, type ErrorCode } from '../../../core/errors/error-codes.ts'
import { wire } from './wire.ts'

/** Why something did not work: a stable code with its values, and words in the reader's language. */
export interface StoredError {
  readonly code: ErrorCode
  readonly params: ErrorParams
  readonly title: string
  /** What to do about it. */
  readonly repair: string
}

const isErrorCode = (value: unknown): value is ErrorCode =>
  typeof value === 'string' && Object.hasOwn(errorCodes, value)

export const errorCodeText: z.ZodType<ErrorCode> = z
  .custom<ErrorCode>(isErrorCode)
  .meta({ type: 'string', description: 'A code of the table of errors' })

export const errorParamsContract: z.ZodType<ErrorParams> = z.record(
  z.string(),
  z.union([z.string(), z.number()]),
)

export const storedErrorContract = wire<StoredError>({
  code: errorCodeText,
  params: errorParamsContract,
  title: z.string(),
  repair: z.string(),
})

/** An error as commands print it in their own words. */
export interface PlainError {
  readonly code: ErrorCode
  readonly params: ErrorParams
}
export const plainErrorContract = wire<PlainError>({ code: errorCodeText, params: errorParamsContract })

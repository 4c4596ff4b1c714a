import { errors } from 'google-ads-api'
import { z } from 'zod'

const detail = z.object({ type_url: z.string().default(''), value: z.instanceof(Uint8Array) })
const response = z.object({
  partial_failure_error: z
    .object({
      code: z.coerce.number().default(0),
      message: z.string().default(''),
      details: z.array(detail).default([]),
    })
    .nullish(),
})

/**
 * The answer of `addOfflineUserDataJobOperations` with its partial failure decoded, in the form in which REST would have answered it.
 * The SDK leaves it as bytes (chapter 3.9).
 */
export function readPartialFailure(raw: unknown): { partial_failure?: object } {
  const { partial_failure_error: status } = response.parse(raw)
  if (!status || status.code === 0) return {}
  const details = status.details
    .filter(({ type_url }) => type_url.includes('GoogleAdsFailure'))
    .map(({ value }) =>
      errors.GoogleAdsFailure.toObject(errors.GoogleAdsFailure.decode(value), {
        enums: String,
        longs: String,
      }),
    )
  return {
    partial_failure: {
      error: { code: 400, status: 'INVALID_ARGUMENT', message: status.message, details },
    },
  }
}

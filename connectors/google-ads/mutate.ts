import type { Customer } from 'google-ads-api'
import { z } from 'zod'
import type { GoogleAdsContext } from './data-manager.ts'
import { callGoogleAds } from './google-ads.ts'

type Mutations = Parameters<Customer['mutateResources']>[0]

/** Changes of one request: all of them happen, or none. */
export interface Mutation {
  readonly act: string
  readonly operations: Mutations
  /** Checks everything and changes nothing. */
  readonly validateOnly?: boolean
  /** False where a second one could be made. Default true. */
  readonly repeatable?: boolean
}

const result = z.record(z.string(), z.unknown())
const answer = z.object({ mutate_operation_responses: z.array(result).default([]) })
const made = z.object({ resource_name: z.string() })

/**
 * Makes changes in one request and returns the resource names of what was changed, in order; empty after a validation. All or nothing:
 * a partial failure would leave an audience neither targeted nor excluded.
 */
export async function mutate(context: GoogleAdsContext, mutation: Mutation): Promise<readonly string[]> {
  const { mutate_operation_responses: results } = await callGoogleAds(context, {
    act: mutation.act,
    cost: mutation.operations.length,
    repeatable: mutation.repeatable ?? true,
    answer,
    send: (customer) =>
      customer.mutateResources(mutation.operations, {
        partial_failure: false,
        validate_only: mutation.validateOnly ?? false,
      }),
  })
  return results.flatMap((each) =>
    Object.values(each).flatMap((one) => made.safeParse(one).data?.resource_name ?? []),
  )
}

import { PlatformError } from '../../core/errors/affluent-error.ts'
import type { SalesforceContext } from './config.ts'
import { describe, type ObjectDescription } from './describe.ts'

/** What an admin does so that the org has Individuals and consents. */
export const individualRemedy =
  'In Salesforce: Setup › Data Protection and Privacy: make the data protection details available in records, and grant the integration user read and edit access to Individual and its consents.'

/**
 * Describes Individual, the person behind contacts and leads who holds the privacy preferences (2.7). Throws
 * `platform.permission_missing` with the repair where the org has not switched it on, or the user does not see it.
 */
export async function describeIndividual(
  context: SalesforceContext,
  call: { readonly act: string; readonly signal: AbortSignal },
): Promise<ObjectDescription> {
  return describeOrExplain(context, 'Individual', { ...call, fresh: false, remedy: individualRemedy })
}

/** Describes an object that an org may lack; the error then names it and what to do. */
export async function describeOrExplain(
  context: SalesforceContext,
  object: string,
  call: {
    readonly act: string
    readonly fresh: boolean
    readonly remedy: string
    readonly signal: AbortSignal
  },
): Promise<ObjectDescription> {
  const { act, fresh, remedy, signal } = call
  try {
    return await describe(context, object, { fresh, signal })
  } catch (error) {
    if (!(error instanceof PlatformError) || error.code !== 'platform.permission_missing') throw error
    const said = error.params['status'] === 404 ? `this user sees no object ${object}` : error.params['said']
    throw new PlatformError(
      error.code,
      { ...error.params, act, ...(said !== undefined && { said }), remedy },
      { cause: error },
    )
  }
}

import { z } from 'zod'
import { defineAction, type Action } from '../../../core/connector/action.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { callSalesforce } from '../client.ts'
import type { SalesforceConfig, SalesforceContext } from '../config.ts'
import { describe, fieldOf } from '../describe.ts'
import { externalIdField } from '../external-id-field.ts'
import { query } from '../query.ts'
import { soqlText } from '../soql.ts'

/** Objects that new people are created as. */
const objects = ['Contact', 'Lead'] as const

const act = 'creating the external id field'

type State = 'created' | 'unchanged' | 'hidden' | 'drifted'

/**
 * Creates the field of `external_id_field` on contacts and leads through the Tooling API where it is missing. Run again it changes
 * nothing. A field of that name that is of another shape is never touched. Salesforce hides a new field from everybody, its creator
 * included: the answer says what an admin still has to grant.
 */
export const createFields: Action<SalesforceConfig> = defineAction({
  name: 'create_fields',
  description:
    'Creates the external id field on Contact and Lead where it is missing, and tells what must still be granted. Needs the permission "Customize Application".',
  effect: 'changes',
  input: z.strictObject({}),
  async run(context: SalesforceContext) {
    const { external_id_field: field } = context.config
    const found: { readonly name: string; readonly state: State }[] = []
    for (const object of objects)
      found.push({ name: `${object}.${field}`, state: await provide(context, object, field) })
    const named = (state: State): string[] => found.flatMap((each) => (each.state === state ? each.name : []))
    return {
      created: named('created'),
      unchanged: named('unchanged'),
      hidden: named('hidden'),
      drifted: named('drifted'),
      still_needed: found.flatMap(({ name, state }) => need[state]?.(name) ?? []),
    }
  },
})

const grantAccess = (name: string): string =>
  `Field-level security: in the permission set of the integration user (Setup › Permission Sets › Object Settings) grant read and edit access to ${name}.`

/** What an admin still has to do for a field. */
const need: Readonly<Record<State, ((name: string) => string) | undefined>> = {
  created: grantAccess,
  hidden: grantAccess,
  drifted: (name) =>
    `${name} is there in another shape: make it Text(64), External ID, Unique, case-insensitive, or name another field in "external_id_field".`,
  unchanged: undefined,
}

async function provide(context: SalesforceContext, object: string, name: string): Promise<State> {
  const seen = fieldOf(await describe(context, object, { fresh: true, urgent: true }), name)
  if (seen) {
    if (!seen.externalId || seen.type !== 'string') return 'drifted'
    return seen.createable && seen.updateable ? 'unchanged' : 'hidden'
  }
  if (!name.endsWith('__c'))
    throw new PlatformError('platform.invalid_request', {
      act,
      said: `${name} is no name of a custom field`,
      remedy: 'Names of custom fields end with "__c": correct "external_id_field" in the connection.',
    })
  return (await isThere(context, object, name)) ? 'hidden' : create(context, object, name)
}

/** A field without field-level security is in no description, but the Tooling API knows of it. */
async function isThere(context: SalesforceContext, object: string, name: string): Promise<boolean> {
  const soql = `SELECT Id FROM CustomField WHERE TableEnumOrId = ${soqlText(object)} AND DeveloperName = ${soqlText(name.replace(/__c$/, ''))}`
  const { records } = await needsCustomize(() => query(context, soql, { act, tooling: true, urgent: true }))
  return records.length > 0
}

async function create(context: SalesforceContext, object: string, name: string): Promise<State> {
  try {
    await needsCustomize(() =>
      callSalesforce(context, {
        act,
        method: 'POST',
        path: '/tooling/sobjects/CustomField',
        body: { FullName: `${object}.${name}`, Metadata: externalIdField },
        answer: z.object({ id: z.string(), success: z.literal(true) }),
        // A second one of the name is refused.
        repeatable: true,
        urgent: true,
      }),
    )
    return 'created'
  } catch (error) {
    const isDuplicate =
      error instanceof PlatformError && String(error.params['error_code'] ?? '').startsWith('DUPLICATE_')
    if (isDuplicate) return 'hidden'
    throw error
  }
}

/** Who may not customise the org gets other words: the Tooling API hides its objects. */
async function needsCustomize<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof PlatformError) || error.code !== 'platform.permission_missing') throw error
    const remedy =
      'Run the action with a user who has "Customize Application", or create the field by hand as the README of the connector says.'
    throw new PlatformError(error.code, { ...error.params, remedy }, { cause: error })
  }
}

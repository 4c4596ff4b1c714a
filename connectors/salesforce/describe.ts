import { z } from 'zod'
import { PlatformError } from '../../core/errors/affluent-error.ts'
import { callSalesforce } from './client.ts'
import type { SalesforceContext } from './config.ts'

/** A field as the connected user sees it. */
const fieldDescription = z.object({
  name: z.string(),
  type: z.string(),
  length: z.number().default(0),
  createable: z.boolean().default(false),
  updateable: z.boolean().default(false),
  externalId: z.boolean().default(false),
  calculated: z.boolean().default(false),
  relationshipName: z.string().nullish(),
})
export type FieldDescription = z.output<typeof fieldDescription>

const describeAnswer = z.object({ name: z.string(), fields: z.array(fieldDescription) })

/** What the connected user sees of an object. Names are found whatever their case: Salesforce does not mind it either. */
export interface ObjectDescription {
  readonly object: string
  /** By lower-case name. */
  readonly fields: ReadonlyMap<string, FieldDescription>
  /** Lower-case names of parents ("account" for `Account.Name`). */
  readonly relations: ReadonlySet<string>
  /** Epoch milliseconds by Salesforce's clock when it was asked. */
  readonly askedAt: number
}

interface Remembered {
  readonly description: ObjectDescription
  readonly lastModified: string | undefined
}

const remembered = new WeakMap<SalesforceContext, Map<string, Remembered>>()

/** Destinations look again this often; sources at the start of each read. */
const staleMs = 900_000

/**
 * Describes an object. What is remembered is asked for with `If-Modified-Since`, which Salesforce answers with 304; `fresh: false`
 * takes what is remembered for a quarter of an hour without asking.
 */
export async function describe(
  context: SalesforceContext,
  object: string,
  options: DescribeOptions,
): Promise<ObjectDescription> {
  const known = remembered.get(context) ?? new Map<string, Remembered>()
  remembered.set(context, known)
  const before = known.get(object)
  const isRecent = before && context.clock.now() - before.description.askedAt < staleMs
  if (isRecent && !options.fresh) return before.description
  const now = await ask(context, object, { ...options, before })
  known.set(object, now)
  return now.description
}

/**
 * Forgets what is remembered: a field that Salesforce refuses although it was described has been hidden since, and permissions do not
 * count as a modification of the object. The next look names it.
 */
export function forgetDescriptions(context: SalesforceContext): void {
  remembered.delete(context)
}

interface DescribeOptions {
  readonly fresh: boolean
  readonly urgent?: boolean
  readonly signal?: AbortSignal
}

async function ask(
  context: SalesforceContext,
  object: string,
  { before, urgent = false, signal }: DescribeOptions & { readonly before: Remembered | undefined },
): Promise<Remembered> {
  const since = before?.lastModified
  const { body, headers } = await callSalesforce(context, {
    act: `describing ${object}`,
    method: 'GET',
    path: `/sobjects/${object}/describe`,
    ...(since !== undefined && { headers: { 'if-modified-since': since } }),
    answer: since === undefined ? describeAnswer : z.union([z.literal(''), describeAnswer]),
    repeatable: true,
    codes: { NOT_FOUND: 'platform.permission_missing' },
    urgent,
    ...(signal && { signal }),
  })
  const askedAt = platformTime(headers) ?? context.clock.now()
  const description =
    body === '' ? { ...(before?.description ?? empty(object)), askedAt } : toDescription(body, askedAt)
  return { description, lastModified: headers['last-modified'] ?? since }
}

const empty = (object: string): ObjectDescription => ({
  object,
  fields: new Map(),
  relations: new Set(),
  askedAt: 0,
})

function toDescription(
  { name, fields }: z.output<typeof describeAnswer>,
  askedAt: number,
): ObjectDescription {
  return {
    object: name,
    fields: new Map(fields.map((field) => [field.name.toLowerCase(), field])),
    relations: new Set(fields.flatMap(({ relationshipName }) => relationshipName?.toLowerCase() ?? [])),
    askedAt,
  }
}

/** The time of the answer by the platform's own clock: what was changed after it will have a later stamp. */
function platformTime(headers: Readonly<Record<string, string>>): number | undefined {
  const ms = Date.parse(headers['date'] ?? '')
  return Number.isNaN(ms) ? undefined : ms
}

/** A field of the description by its name, whatever the case. */
export const fieldOf = (description: ObjectDescription, name: string): FieldDescription | undefined =>
  description.fields.get(name.toLowerCase())

/**
 * The asked names as Salesforce writes them. A field without field-level security is not an error in SOQL's describe, it is simply
 * missing, as are fields that were removed or renamed: throws `platform.permission_missing` that names all of them.
 */
export function knownFields(
  description: ObjectDescription,
  names: readonly string[],
  act: string,
): readonly string[] {
  const missing = names.filter((name) => canonicalName(description, name) === undefined)
  if (missing.length > 0) throw missingFields(description.object, missing, act)
  return names.flatMap((name) => canonicalName(description, name) ?? [])
}

function canonicalName(description: ObjectDescription, name: string): string | undefined {
  const [parent = '', ...rest] = name.split('.')
  if (rest.length === 0) return fieldOf(description, name)?.name
  const isPath = /^\w+(?:\.\w+){1,5}$/.test(name)
  return isPath && description.relations.has(parent.toLowerCase()) ? name : undefined
}

/** The error that names fields which the user does not see or may not write. */
export function missingFields(object: string, names: readonly string[], act: string): PlatformError {
  const list = names.slice(0, 10).join(', ')
  return new PlatformError('platform.permission_missing', {
    act,
    said: `${object} has no field ${list} for this user`,
    fields: list,
    remedy: `Check the names in the mapping or the sync, and grant read and edit access to ${object}: ${list} in the permission set of the integration user.`,
  })
}

import { PlatformError } from '../../../core/errors/affluent-error.ts'
import type { SalesforceContext } from '../config.ts'
import { fieldOf, missingFields, type ObjectDescription } from '../describe.ts'
import { personObjectOf } from '../salesforce-id.ts'
import { creationKey, notFound, rejected, takeLeaders, unsettled, type Draft } from './draft.ts'
import { findPeople, readPeople, type Lookup } from './find-people.ts'
import { fieldsFor, openPersonFields } from './person-fields.ts'
import { existingPerson, kindOf } from './record-errors.ts'
import { outcomeOf } from './settle.ts'
import { toTypedFields } from './typed-fields.ts'
import { updatePeople } from './update-people.ts'
import { writeRows, type CellValue, type RowResult } from './write-rows.ts'

/**
 * Makes sure that each draft has a person of the org who holds its fields; sets `person`, or an outcome where that cannot be.
 *
 * Nobody is created who is there already: people are looked up by id, our external id and e-mail first, and those missing are
 * upserted under an external id, which Salesforce keeps unique. Existing people keep their e-mail; only fields that differ are
 * written. Drafts with an id and no fields are taken at their word and cost no call.
 */
export async function writePeople(
  context: SalesforceContext,
  drafts: readonly Draft[],
  signal: AbortSignal,
): Promise<void> {
  const open = unsettled(drafts).filter((draft) => !draft.person || Object.keys(draft.fields).length > 0)
  if (open.length === 0) return
  const names = [...new Set(open.flatMap((draft) => Object.keys(draft.fields)))]
  const lookup: Lookup = { context, fields: await openPersonFields(context, names, signal), signal }
  await refreshKeyed(lookup, open)
  const unknown = unsettled(open).filter((draft) => !draft.person)
  const { leaders, settleFollowers } = takeLeaders(unknown, (draft) => draft.externalId ?? draft.email ?? '')
  await findPeople(lookup, leaders)
  await createMissing(
    lookup,
    leaders.filter((draft) => !draft.person),
  )
  settleFollowers()
  await updatePeople(lookup, unsettled(open))
}

/** Reads the present values of people who are known by id; who is gone is looked for by e-mail like anybody else. */
async function refreshKeyed(lookup: Lookup, drafts: readonly Draft[]): Promise<void> {
  const keyed = drafts.filter((draft) => draft.person)
  const present = await readPeople(
    lookup,
    keyed.flatMap(({ person }) => person?.id ?? []),
  )
  for (const draft of keyed) {
    draft.person = present.get(draft.person?.id ?? '')
    if (!draft.person && draft.email === undefined && draft.externalId === undefined)
      draft.outcome = rejected(notFound, 'Salesforce has no contact or lead with this id (any more).')
  }
}

async function createMissing(lookup: Lookup, missing: readonly Draft[]): Promise<void> {
  const { context, fields, signal } = lookup
  const { create_people: how, external_id_field: externalIdField } = context.config
  if (missing.length === 0) return
  if (how === 'never') {
    for (const draft of missing)
      draft.outcome = rejected(
        notFound,
        'Neither a contact nor a lead has this address, and none is to be created.',
      )
    return
  }
  const object = how === 'lead' ? 'Lead' : 'Contact'
  const field = fieldOf(fields[object], externalIdField)
  if (field?.externalId !== true) throw unusableExternalId(object, externalIdField, field !== undefined)
  refuseWrongTypes(lookup, object, missing)
  const { leaders, settleFollowers } = takeLeaders(unsettled(missing), creationKey)
  const results = await writeRows(
    context,
    {
      act: how === 'lead' ? 'creating leads' : 'creating contacts',
      object,
      operation: 'upsert',
      externalIdField: field.name,
      rows: leaders.map((draft) => toNewPerson(lookup, object, draft)),
      keyOf: (row) => String(row[field.name]),
    },
    signal,
  )
  leaders.forEach((draft, index) => settleCreated(draft, object, results[index]))
  await adoptConflicting(lookup, leaders, results)
  settleFollowers()
}

/** The field that new people are created under is missing, or somebody has made another of it. */
function unusableExternalId(object: string, name: string, isThere: boolean): PlatformError {
  if (!isThere) return missingFields(object, [name], 'creating people')
  return new PlatformError('platform.permission_missing', {
    act: 'creating people',
    said: `${object}.${name} is no External ID any more`,
    fields: name,
    remedy: `Make ${object}.${name} an External ID again (Text 64, Unique, case-insensitive), or name another field in "external_id_field".`,
  })
}

function refuseWrongTypes({ fields }: Lookup, object: 'Contact' | 'Lead', drafts: readonly Draft[]): void {
  for (const draft of drafts) {
    const { refusal } = toTypedFields(fields[object], fieldsFor(fields[object], draft.fields, 'createable'))
    if (refusal) draft.outcome = refusal
  }
}

/** The values as far as they have been found to fit. */
function fitting(description: ObjectDescription, draft: Draft): Readonly<Record<string, CellValue>> {
  const typed = toTypedFields(description, fieldsFor(description, draft.fields, 'createable'))
  return typed.refusal ? {} : typed.fields
}

function toNewPerson(
  { context, fields }: Lookup,
  object: 'Contact' | 'Lead',
  draft: Draft,
): Record<string, CellValue> {
  const { external_id_field: externalIdField, missing_text: missingText } = context.config
  return {
    LastName: missingText,
    ...(object === 'Lead' && { Company: missingText }),
    ...fitting(fields[object], draft),
    ...(draft.email !== undefined && { Email: draft.email }),
    [externalIdField]: creationKey(draft),
  }
}

function settleCreated(draft: Draft, object: 'Contact' | 'Lead', result: RowResult | undefined): void {
  if (result?.kind === 'written') {
    draft.person = { object, id: result.id }
    draft.isWritten = true
  } else draft.outcome = outcomeOf(result)
}

/**
 * A conflict means that the person is there after all: created by somebody else since we looked, or found by a duplicate rule. They
 * are read again and then updated like any other.
 */
async function adoptConflicting(
  lookup: Lookup,
  drafts: readonly Draft[],
  results: readonly RowResult[],
): Promise<void> {
  const conflicting = drafts.filter((_draft, index) => isConflict(results[index]))
  if (conflicting.length === 0) return
  await findPeople(lookup, conflicting)
  drafts.forEach((draft, index) => {
    const result = results[index]
    if (draft.person || result?.kind !== 'refused' || !isConflict(result)) return
    const id = existingPerson(result.refusal)
    const object = id === undefined ? undefined : personObjectOf(id)
    if (id !== undefined && object) draft.person = { object, id }
  })
  await refreshRows(
    lookup,
    conflicting.filter((draft) => draft.person && !draft.person.row),
  )
  for (const draft of conflicting) if (draft.person) draft.outcome = undefined
}

async function refreshRows(lookup: Lookup, drafts: readonly Draft[]): Promise<void> {
  const present = await readPeople(
    lookup,
    drafts.flatMap(({ person }) => person?.id ?? []),
  )
  for (const draft of drafts) draft.person = present.get(draft.person?.id ?? '') ?? draft.person
}

const isConflict = (result: RowResult | undefined): boolean =>
  result?.kind === 'refused' && kindOf(result.refusal) === 'conflict'

import { z } from 'zod'
import type { SandboxReply, SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'
import { refuseNew } from './contact-routes.ts'
import { findProblem } from './contact-validation.ts'
import { conflict, invalid } from './hubspot-error.ts'
import { largestBatch, multiStatus, type InputError } from './multi-status.ts'
import { recordPath } from './record-path.ts'
import type { RecordStore, SandboxRecord } from './record-store.ts'
import { recordView } from './record-view.ts'

const writeInput = z.object({
  id: z.string().optional(),
  idProperty: z.string().optional(),
  objectWriteTraceId: z.string().optional(),
  properties: z.record(z.string(), z.string()),
})
const writeBody = z.object({ inputs: z.array(writeInput) })
type WriteInput = z.output<typeof writeInput>

const write = (name: string, answer: (inputs: readonly WriteInput[]) => SandboxReply): SandboxRoute => ({
  method: 'POST',
  pattern: new RegExp(`^${recordPath('contacts')}/batch/${name}$`),
  answer({ body }) {
    const parsed = writeBody.safeParse(body)
    if (!parsed.success) return invalid('Invalid input JSON')
    return refuseShape(parsed.data.inputs) ?? answer(parsed.data.inputs)
  },
})

/** Batch routes: upsert, update, create. */
export function contactBatchRoutes(store: RecordStore, required: readonly string[]): SandboxRoute[] {
  return [
    write('upsert', (inputs) => upsertBatch(store, required, inputs)),
    write('update', (inputs) => updateBatch(store, inputs)),
    write('create', (inputs) => createBatch(store, required, inputs)),
  ]
}

/** At most 100 inputs; none may be named twice (chapter 1.4). */
function refuseShape(inputs: readonly WriteInput[]): SandboxReply | undefined {
  if (inputs.length === 0) return invalid('At least one input is required')
  if (inputs.length > largestBatch) return invalid(`No more than ${largestBatch} inputs are allowed`)
  const ids = inputs.flatMap((input) => (input.id === undefined ? [] : [input.id.toLowerCase()]))
  return new Set(ids).size === ids.length ? undefined : invalid('Duplicate IDs found in batch input')
}

interface Target {
  readonly input: WriteInput
  readonly existing: SandboxRecord | undefined
}

/**
 * Chapter 1.4: with a trace id on every input the bad ones come back one by one (207), else the whole batch fails (400); a
 * duplicate unique value fails the whole call either way (409); by `email` there is no partial success.
 */
function upsertBatch(
  store: RecordStore,
  required: readonly string[],
  inputs: readonly WriteInput[],
): SandboxReply {
  const keys = inputs.map((input) => input.idProperty ?? '')
  if (keys.some((key) => !store.definitions.get(key)?.hasUniqueValue))
    return invalid('idProperty must be a property with unique values')
  const targets: Target[] = []
  const errors: InputError[] = []
  for (const given of inputs) {
    const [key, value] = [given.idProperty ?? '', given.id ?? '']
    const input = { ...given, properties: { [key]: value, ...given.properties } }
    const existing = store.findByUnique(key, value)
    const refusal = refuseTarget(store, required, { input, existing })
    if (refusal?.status === 409) return refusal
    if (refusal) errors.push(toInputError(refusal, input))
    else targets.push({ input, existing })
  }
  const clash = findClash(
    store,
    targets.map(({ input }) => input),
  )
  if (clash) return clash
  const partial = !keys.includes('email') && inputs.every((input) => input.objectWriteTraceId !== undefined)
  if (errors[0] && !partial) return invalid(errors[0].message)
  return multiStatus(
    targets.map((target) => upsert(store, target)),
    errors,
  )
}

function upsert(store: RecordStore, { input, existing }: Target): unknown {
  const { properties, objectWriteTraceId } = input
  const contact = existing ? store.update(existing.id, properties) : store.create(properties)
  return {
    ...recordView(contact, Object.keys(properties)),
    new: existing === undefined,
    ...(objectWriteTraceId !== undefined && { objectWriteTraceId }),
  }
}

function refuseTarget(
  store: RecordStore,
  required: readonly string[],
  { input, existing }: Target,
): SandboxReply | undefined {
  return existing
    ? refuseChange(store, input.properties, existing.id)
    : refuseNew(store, required, input.properties)
}

function refuseChange(
  store: RecordStore,
  properties: Readonly<Record<string, string>>,
  id: string,
): SandboxReply | undefined {
  const problem = findProblem(properties, store.definitions)
  if (problem) return invalid(problem.message, problem.code)
  const holder = store.findConflict(properties, id)
  return holder && conflict(`Contact already exists. Existing ID: ${holder.id}`)
}

/** Two inputs of one call that claim the same unique value. */
function findClash(store: RecordStore, inputs: readonly WriteInput[]): SandboxReply | undefined {
  const claimed = new Set<string>()
  for (const { properties } of inputs)
    for (const [name, value] of Object.entries(properties)) {
      if (value === '' || !store.definitions.get(name)?.hasUniqueValue) continue
      const claim = `${name}=${value.trim().toLowerCase()}`
      if (claimed.has(claim)) return conflict(`Two inputs have the same value of ${name}`)
      claimed.add(claim)
    }
  return undefined
}

const refusalBody = z.object({
  category: z.string(),
  message: z.string(),
  errors: z.array(z.object({ message: z.string(), code: z.string().optional() })).optional(),
})

function toInputError(refusal: SandboxReply, input: WriteInput): InputError {
  const { category, message, errors } = refusalBody.parse(refusal.body)
  const context =
    input.objectWriteTraceId === undefined ? {} : { objectWriteTraceId: [input.objectWriteTraceId] }
  return { status: 'error', category, message, context, errors }
}

/** Does not accept pre-merge ids; by e-mail it changes nothing and says OK (chapter 1.4, trap 4). */
function updateBatch(store: RecordStore, inputs: readonly WriteInput[]): SandboxReply {
  if (inputs.some((input) => input.idProperty === 'email')) return multiStatus([], [])
  const errors: InputError[] = []
  const accepted: { id: string; input: WriteInput }[] = []
  for (const input of inputs) {
    const contact = store.getExact(input.id ?? '')
    const refusal = contact && refuseChange(store, input.properties, contact.id)
    if (refusal?.status === 409) return refusal
    if (refusal) errors.push(toInputError(refusal, input))
    else if (contact) accepted.push({ id: contact.id, input })
    else errors.push(missingInput(input))
  }
  const clash = findClash(
    store,
    accepted.map(({ input }) => input),
  )
  if (clash) return clash
  if (errors[0] && inputs.some((input) => input.objectWriteTraceId === undefined))
    return invalid(errors[0].message)
  const results = accepted.map(({ id, input }) => ({
    ...recordView(store.update(id, input.properties), Object.keys(input.properties)),
    ...(input.objectWriteTraceId !== undefined && { objectWriteTraceId: input.objectWriteTraceId }),
  }))
  return multiStatus(results, errors)
}

function missingInput(input: WriteInput): InputError {
  const trace = input.objectWriteTraceId
  return {
    status: 'error',
    category: 'OBJECT_NOT_FOUND',
    message: 'Could not update some CONTACT objects, they may be deleted or not exist.',
    context: { ids: [input.id ?? ''], ...(trace !== undefined && { objectWriteTraceId: [trace] }) },
  }
}

/** A conflict names only the first offender (trap 8) and nothing is created. */
function createBatch(
  store: RecordStore,
  required: readonly string[],
  inputs: readonly WriteInput[],
): SandboxReply {
  for (const { properties } of inputs) {
    const refusal = refuseNew(store, required, properties)
    if (refusal) return refusal
  }
  const clash = findClash(store, inputs)
  if (clash) return clash
  const results = inputs.map(({ properties }) =>
    recordView(store.create(properties), Object.keys(properties)),
  )
  return { status: 201, body: { status: 'COMPLETE', results } }
}

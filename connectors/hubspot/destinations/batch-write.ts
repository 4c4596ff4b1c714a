import { z } from 'zod'
import { PlatformError } from '../../../core/errors/affluent-error.ts'
import { callHubspot } from '../account.ts'
import { contactsPath } from '../client.ts'
import type { HubspotContext } from '../config.ts'
import { detailCodes } from '../errors.ts'
import { hubspotId } from '../mapping.ts'
import { redact } from '../redact.ts'

/** One input of a batch write. */
export interface WriteInput {
  /** Names the input in the answer; without it one bad record fails the whole batch. */
  readonly objectWriteTraceId: string
  readonly id: string
  readonly idProperty?: string
  readonly properties: Readonly<Record<string, string>>
}

/** What the platform made of one input. `unanswered`: the answer does not speak of it. */
export type WriteResult =
  | { readonly kind: 'written'; readonly id: string }
  | {
      readonly kind: 'refused'
      readonly category: string
      readonly detail: readonly string[]
      readonly said: string
      /** The contact that holds a unique value already, where the platform names it. */
      readonly existingId?: string
    }
  | { readonly kind: 'unanswered' }

export type WriteResults = Map<string, WriteResult>

/** Published size of a batch of contacts. */
export const batchSize = 100

const context = z.record(z.string(), z.array(z.string())).catch({})
const batchAnswer = z.object({
  results: z.array(
    z.object({
      id: hubspotId,
      objectWriteTraceId: z.string().optional(),
      properties: z.record(z.string(), z.string().nullable().catch(null)).default({}),
    }),
  ),
  errors: z
    .array(
      z.object({
        category: z.string().default('UNKNOWN'),
        message: z.string().default(''),
        context: context.default({}),
        errors: z.array(z.object({ code: z.string().optional() })).default([]),
      }),
    )
    .default([]),
})
type BatchAnswer = z.output<typeof batchAnswer>

/** How a batch is written, and until when. */
export interface BatchWrite {
  readonly kind: 'upsert' | 'update'
  readonly signal: AbortSignal
}

/**
 * Writes at most 100 contacts and tells what became of each. A refusal of the whole batch (duplicate unique value, unreadable
 * input, too large) is cut in halves until the culprits stand alone: at most 2·⌈log2 n⌉ + 1 calls for one culprit. Upserts and
 * updates by id may be repeated, so what an answer leaves out is simply sent again in a smaller batch.
 */
export async function writeBatch(
  hubspot: HubspotContext,
  write: BatchWrite,
  inputs: readonly WriteInput[],
): Promise<WriteResults> {
  const results = await sendOnce(hubspot, write, inputs)
  const open = inputs.filter((input) => !results.has(input.objectWriteTraceId))
  const [only] = open
  if (only && inputs.length === 1) results.set(only.objectWriteTraceId, { kind: 'unanswered' })
  else if (only) {
    const parts = open.length < inputs.length ? [open] : halve(open)
    for (const part of parts)
      for (const [trace, result] of await writeBatch(hubspot, write, part)) results.set(trace, result)
  }
  return results
}

function halve(inputs: readonly WriteInput[]): (readonly WriteInput[])[] {
  const middle = Math.ceil(inputs.length / 2)
  return [inputs.slice(0, middle), inputs.slice(middle)]
}

/** Refusals that concern some record of the batch: the batch is cut to find it. */
const refusedCodes = {
  400: 'platform.batch_refused',
  404: 'platform.batch_refused',
  409: 'platform.batch_refused',
} as const
const categoryOfStatus: Readonly<Record<number, string>> = {
  404: 'OBJECT_NOT_FOUND',
  409: 'CONFLICT',
  413: 'TOO_LARGE',
  414: 'TOO_LARGE',
}

/** Results by trace; empty when the batch as a whole was refused, unless it is a single record. */
async function sendOnce(
  hubspot: HubspotContext,
  write: BatchWrite,
  inputs: readonly WriteInput[],
): Promise<WriteResults> {
  try {
    const answer = await callHubspot(hubspot, {
      act: write.kind === 'upsert' ? 'writing contacts' : 'updating contacts',
      method: 'POST',
      path: `${contactsPath}/batch/${write.kind}`,
      body: { inputs },
      answer: batchAnswer,
      repeatable: true,
      codes: refusedCodes,
      sent: inputs.flatMap(sentValues),
      signal: write.signal,
    })
    return assign(answer, inputs)
  } catch (error) {
    const refusal = toRefusal(error)
    if (!refusal) throw error
    const [input] = inputs
    return new Map(input && inputs.length === 1 ? [[input.objectWriteTraceId, refusal]] : [])
  }
}

const sentValues = ({ id, properties }: WriteInput): string[] => [id, ...Object.values(properties)]

function toRefusal(error: unknown): WriteResult | undefined {
  if (!(error instanceof PlatformError)) return undefined
  if (error.code !== 'platform.batch_refused' && error.code !== 'platform.request_too_large') return undefined
  const { status, category, detail, said, existing_id: existingId } = error.params
  return {
    kind: 'refused',
    category: categoryOfStatus[Number(status)] ?? String(category ?? 'VALIDATION_ERROR'),
    detail: String(detail ?? '').split(', '),
    said: String(said ?? ''),
    ...(existingId !== undefined && { existingId: String(existingId) }),
  }
}

/** Brings results and errors of a multi-status answer together with the inputs. */
function assign(answer: BatchAnswer, inputs: readonly WriteInput[]): WriteResults {
  const find = createFinder(inputs)
  const results: WriteResults = new Map()
  for (const result of answer.results) {
    const property = inputs[0]?.idProperty
    const key = property === undefined ? result.id : (result.properties[property] ?? '')
    const input = find(result.objectWriteTraceId ?? '', key)
    if (input) results.set(input.objectWriteTraceId, { kind: 'written', id: result.id })
  }
  for (const error of answer.errors)
    for (const input of concerned(error, inputs, find))
      results.set(input.objectWriteTraceId, toResult(error, input))
  return results
}

/** The inputs that an error names; an error that names none concerns the only input there is. */
function concerned(
  error: BatchAnswer['errors'][number],
  inputs: readonly WriteInput[],
  find: Finder,
): readonly WriteInput[] {
  const { objectWriteTraceId: traces = [], ids = [] } = error.context
  const named = [...traces.map((trace) => find(trace, '')), ...ids.map((id) => find('', id))]
  if (inputs.length === 1 && !named.some(Boolean)) return inputs
  return named.flatMap((input) => input ?? [])
}

type Finder = (trace: string, key: string) => WriteInput | undefined

/** Finds the input that a part of an answer speaks of: by trace id, else by the key that was sent. */
function createFinder(inputs: readonly WriteInput[]): Finder {
  const byTrace = new Map(inputs.map((input) => [input.objectWriteTraceId, input]))
  const byKey = new Map(inputs.map((input) => [input.id.toLowerCase(), input]))
  return (trace, key) => byTrace.get(trace) ?? byKey.get(key.toLowerCase())
}

function toResult(error: BatchAnswer['errors'][number], input: WriteInput): WriteResult {
  const existing = /Existing ID: (\d+)/.exec(error.message)?.[1]
  return {
    kind: 'refused',
    category: error.category,
    detail: detailCodes(error),
    said: redact(error.message, sentValues(input)),
    ...(existing !== undefined && { existingId: existing }),
  }
}

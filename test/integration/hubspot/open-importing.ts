import type { Audience, DestinationRecord } from '../../../core/connector/destination.ts'
import type { JobOutcome, JobState, Outcome } from '../../../core/connector/outcome.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import { never, openSandbox, people, type OpenSandbox } from './open-hubspot.ts'

/** A sandbox whose account imports from the fourth new contact on. */
export const openImporting = (options: Parameters<typeof openSandbox>[0] = {}): Promise<OpenSandbox> =>
  openSandbox({ uniqueProperties: ['hub_person_id'], ...options }, { import_above: 3 })

/** People who each have an id of the hub's own. */
export const named = (count: number, more: JsonObject = {}): DestinationRecord[] =>
  people(count, more).map(({ fields }, index) => ({ fields: { ...fields, hub_person_id: `p_${index}` } }))

export const jobsOf = (outcomes: readonly Outcome[]): string[] => [
  ...new Set(outcomes.flatMap((outcome) => (outcome.status === 'accepted' ? outcome.job : []))),
]

/** Whom a job took, and for which list. */
interface Taken {
  readonly audience: Audience
  readonly records: readonly DestinationRecord[]
}

/** Asks about a job as the hub does: with what it took. */
export async function readJob(
  { list }: OpenSandbox,
  job: string,
  { audience, records }: Taken,
): Promise<JobState> {
  const state = await list.readJob?.(job, { audience, signal: never, read: async () => records })
  if (!state) throw new Error('the list cannot read jobs')
  return state
}

/** Lets HubSpot work the import off and asks about it. */
export async function settle(open: OpenSandbox, job: string, taken: Taken): Promise<readonly JobOutcome[]> {
  open.clock.advance(60_000)
  const state = await readJob(open, job, taken)
  if (state.status !== 'done' || !state.outcomes) throw new Error(`the job is ${state.status}`)
  return state.outcomes
}

/** Requests whose "METHOD path" matches. */
export const requestsTo = ({ sandbox }: OpenSandbox, part: RegExp): number =>
  sandbox.requests.filter(({ method, path }) => part.test(`${method} ${path}`)).length

export const memberCount = ({ sandbox }: OpenSandbox, audience: Audience): number =>
  sandbox.lists.get(audience.externalId)?.members.size ?? 0

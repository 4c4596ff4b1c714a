import { expect } from 'vitest'
import type { BoundDestination, BoundSource, Connection } from '../../../core/connector/connector.ts'
import type { Audience, DestinationRecord } from '../../../core/connector/destination.ts'
import type { Outcome } from '../../../core/connector/outcome.ts'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { Logger } from '../../../core/port/logger.ts'
import type { CallPlatform, PlatformCall } from '../../../core/port/platform-caller.ts'
import { createDirectCaller } from '../../support/direct-caller.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import type { ConnectorHarness, ConnectorSuite, DestinationCase, SourceCase } from './harness.ts'

/** One test's platform and connection, with everything that left the connector written down. */
export interface Session {
  readonly harness: ConnectorHarness
  readonly connection: Connection
  readonly calls: readonly PlatformCall[]
  source(name: string): { source: BoundSource; seeded: SourceCase }
  destination(kind: string): { destination: BoundDestination; seeded: DestinationCase }
  /** Adds an error or a reason to what is searched for secrets and personal data. */
  note(text: string): void
  /** Runs an act whose calls are not counted: asking how far a job is. */
  uncounted<Result>(act: () => Promise<Result>): Promise<Result>
  /** Runs the act, which must throw an error of ours, and returns that error. */
  failure(act: () => Promise<unknown>): Promise<AffluentError>
  /** Ends the test: nothing noted may hold a secret or personal data, each call is paid from a declared budget. */
  close(): Promise<void>
}

/** Puts itself between the connector and the caller that sends its requests. */
export type WrapCaller = (call: CallPlatform) => CallPlatform

export async function openSession(
  suite: ConnectorSuite,
  wrap: WrapCaller = (call) => call,
): Promise<Session> {
  const harness = await suite.start()
  const calls: PlatformCall[] = []
  const noted: string[] = []
  const connection = suite.connector.connect(
    {
      connection: 'under_test',
      call: wrap(
        createDirectCaller((call) => {
          calls.push(call)
          noted.push(call.act)
        }),
      ),
      fetch: globalThis.fetch,
      clock: harness.clock ?? createFixedClock('2026-11-01T00:00:00Z', { autoAdvance: true }),
      logger: createCapturingLogger(noted),
      workspace: harness.workspace ?? process.cwd(),
      ...(harness.credentials && { credentials: harness.credentials }),
    },
    harness.config,
  )
  return {
    harness,
    connection,
    calls,
    source: (name) => pair(connection.source(name), harness.sources[name], name, 'source'),
    destination: (kind) =>
      pair(connection.destination(kind), harness.destinations[kind], kind, 'destination'),
    note: (text) => void noted.push(text),
    async uncounted(act) {
      const before = calls.length
      const result = await act()
      calls.length = before
      return result
    },
    failure: (act) => catchOurs(act, noted),
    async close() {
      await harness.close()
      expectNothingPersonal(noted, harness)
      const budgets = suite.connector.budgets.map((budget) => budget.name)
      for (const call of calls) expect(budgets, `budget of the call "${call.act}"`).toContain(call.budget)
    },
  }
}

function pair<Kind extends 'source' | 'destination', Bound, Seeded>(
  bound: Bound | undefined,
  seeded: Seeded | undefined,
  name: string,
  kind: Kind,
): { [Key in Kind]: Bound } & { seeded: Seeded } {
  if (!bound || !seeded)
    throw new Error(`the harness has no case for the ${kind} "${name}", or the connection lacks it`)
  return { [kind]: bound, seeded } as { [Key in Kind]: Bound } & { seeded: Seeded }
}

function createCapturingLogger(noted: string[]): Logger {
  const write = (event: string, fields?: object): void =>
    void noted.push(`${event} ${JSON.stringify(fields ?? {})}`)
  return { debug: write, info: write, warn: write, error: write }
}

async function catchOurs(act: () => Promise<unknown>, noted: string[]): Promise<AffluentError> {
  try {
    await act()
  } catch (error) {
    expect(error).toBeInstanceOf(AffluentError)
    const ours = error as AffluentError
    noted.push(ours.message, JSON.stringify(ours.params))
    return ours
  }
  throw new Error('the act was expected to fail and did not')
}

function expectNothingPersonal(noted: readonly string[], harness: ConnectorHarness): void {
  const marked = [...harness.secrets, ...Object.values(harness.destinations).flatMap(personalValues)]
  for (const text of noted)
    for (const value of marked) expect(text, 'a log line, error, reason or act').not.toContain(value)
}

function personalValues(seeded: DestinationCase): string[] {
  return [...seeded.records(50), seeded.badRecord].flatMap((record) =>
    Object.values(record.fields).filter((value) => typeof value === 'string' && isPersonal(value)),
  ) as string[]
}

/** Contact data by its look: an e-mail address or seven digits in a row. */
function isPersonal(value: string): boolean {
  return value.includes('@') || /\d{7,}/.test(value)
}

const never = new AbortController().signal

interface WrittenBatch {
  readonly audience: Audience
  readonly records: readonly DestinationRecord[]
}

/** Adds or removes records, after checking that there is one outcome per record; the platform is settled afterwards. */
export async function write(
  session: Session,
  kind: string,
  operation: 'add' | 'remove',
  batch: WrittenBatch,
): Promise<readonly Outcome[]> {
  const { destination, seeded } = session.destination(kind)
  const act = destination[operation]
  if (!act) throw new Error(`the destination "${kind}" cannot ${operation}`)
  const outcomes = await act({ ...batch, signal: never })
  for (const outcome of outcomes)
    if ('reason' in outcome && outcome.reason)
      session.note(`${outcome.reason.code} ${outcome.reason.message}`)
  expect(outcomes, 'one outcome per record').toHaveLength(batch.records.length)
  seeded.settle?.()
  return followJobs(session, destination, { outcomes, batch })
}

/** What `accepted` outcomes become once the platform has worked their job off. */
async function followJobs(
  session: Session,
  destination: BoundDestination,
  { outcomes, batch }: { readonly outcomes: readonly Outcome[]; readonly batch: WrittenBatch },
): Promise<readonly Outcome[]> {
  const ended = [...outcomes]
  const jobs = new Set(outcomes.flatMap((outcome) => (outcome.status === 'accepted' ? outcome.job : [])))
  for (const job of jobs) {
    const places = [...outcomes.keys()].filter((place) => jobOf(outcomes[place]) === job)
    const records = places.flatMap((place) => batch.records[place] ?? [])
    const taken = { audience: batch.audience, signal: never, read: async () => records }
    const state = await session.uncounted(async () => destination.readJob?.(job, taken))
    expect(state, 'the job of an accepted record is done').toMatchObject({ status: 'done', rejected: [] })
    const told = state?.status === 'done' ? state.outcomes : undefined
    if (told) expect(told, 'one outcome per record of the job').toHaveLength(places.length)
    for (const [index, place] of places.entries()) ended[place] = told?.[index] ?? toApplied(outcomes[place])
  }
  return ended
}

const jobOf = (outcome: Outcome | undefined): string | undefined =>
  outcome?.status === 'accepted' ? outcome.job : undefined

const toApplied = (outcome: Outcome | undefined): Outcome => ({
  status: 'applied',
  ...(outcome?.status === 'accepted' && outcome.key !== undefined && { key: outcome.key }),
})

/** An empty audience: created, or the one a person made where the connector cannot. */
export async function openAudience(session: Session, kind: string): Promise<Audience> {
  const { destination, seeded } = session.destination(kind)
  const name = seeded.existing?.name ?? 'Conformance audience'
  const audience = (await destination.find({ name })) ?? (await destination.create?.({ name }))
  seeded.settle?.()
  if (!audience) throw new Error(`no audience "${name}" and no way to create one`)
  return audience
}

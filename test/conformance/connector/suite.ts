/**
 * The conformance suite of connectors. A connector's test file is one call:
 *
 *     connectorSuite('example', { connector: exampleConnector, start: startExampleHarness })
 *
 * `harness.ts` says what `start` must give. Copy `example.test.ts` for a platform with a sandbox, `files.test.ts` for one without.
 */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { describeAccess } from './access-checks.ts'
import { describeDestination } from './destination-checks.ts'
import { describeErasure } from './erasure-checks.ts'
import { describeErrors } from './error-checks.ts'
import type { ConnectorSuite } from './harness.ts'
import { describeHubWork } from './hub-checks.ts'
import { describePaging } from './paging-checks.ts'
import { describeSecondRun } from './second-run-checks.ts'
import { openSession } from './session.ts'
import { describeSource } from './source-checks.ts'

/** Holds one connector to the contract of `core/connector`. Parts that it does not offer are skipped with kind and reason. */
export function connectorSuite(name: string, suite: ConnectorSuite): void {
  describe(`${name}: connector conformance`, () => {
    describeDefinition(suite)
    describeErrors(suite)
    describeHubWork(suite)
    if (suite.connector.needsGrant && !suite.endsForGood) describeAccess(suite)
    for (const stream of suite.streams ?? suite.connector.sources.map((source) => source.name))
      describeStream(suite, stream)
    for (const destination of suite.connector.destinations) {
      describeDestination(suite, destination)
      describeSecondRun(suite, destination)
      describeErasure(suite, destination)
    }
  })
}

function describeStream(suite: ConnectorSuite, stream: string): void {
  describeSource(suite, stream)
  describePaging(suite, stream)
}

function describeDefinition(suite: ConnectorSuite): void {
  const { connector } = suite

  describe('definition', () => {
    it('accepts its own configuration and rejects an unknown key', async () => {
      const opened = await openSession(suite)
      const { config } = opened.harness
      expect(connector.config.safeParse(config).success).toBe(true)
      expect(connector.config.safeParse({ ...config, not_a_key: 1 }).success).toBe(false)
      await opened.close()
    })

    it('accepts what its configuration schema gives out', async () => {
      const opened = await openSession(suite)
      const parsed = connector.config.parse(opened.harness.config)
      expect(connector.config.parse(parsed)).toEqual(parsed)
      await opened.close()
    })

    it('marks each secret of the configuration', async () => {
      const opened = await openSession(suite)
      const schema = z.toJSONSchema(connector.config, { io: 'input' })
      expect(secretValues(schema, opened.harness.config)).toEqual(
        expect.arrayContaining([...opened.harness.secrets]),
      )
      await opened.close()
    })

    it('names itself, its budgets and its streams without doubles, and each budget has a source', () => {
      expect(connector.slug).toMatch(/^[a-z][a-z0-9-]*$/)
      for (const names of [
        connector.budgets.map((budget) => budget.name),
        connector.sources.map((source) => source.name),
        connector.destinations.map((destination) => destination.kind),
      ])
        expect(new Set(names).size).toBe(names.length)
      for (const budget of connector.budgets) expect(budget.source).not.toBe('')
    })

    it('knows no stream and no audience kind that it does not describe', async () => {
      const opened = await openSession(suite)
      expect(opened.connection.source('no_such_stream')).toBeUndefined()
      expect(opened.connection.destination('no_such_kind')).toBeUndefined()
      await opened.close()
    })
  })
}

const marks = z.object({
  secret: z.boolean().optional(),
  properties: z.record(z.string(), z.unknown()).default({}),
  additionalProperties: z.unknown().optional(),
})

/** Values whose schema carries the mark of `secret()`, at any depth. */
function secretValues(schema: unknown, value: unknown): unknown[] {
  const read = marks.safeParse(schema)
  if (!read.success) return []
  const { secret, properties, additionalProperties } = read.data
  if (secret === true) return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, child]) =>
    secretValues(properties[key] ?? additionalProperties, child),
  )
}

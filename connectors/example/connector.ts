/**
 * The folder to copy for a new platform. Everything a connector must say stands here; how it does it is in the files beside. Its
 * platform lives in memory (`sandbox/`), so it runs without an account: in the quick start, in templates and in the tests.
 */
import { z } from 'zod'
import { defineConnector } from '../../core/connector/connector.ts'
import type { ErasureOutcome, PersonToErase } from '../../core/connector/connector.ts'
import { callExample, exampleApiVersion, exampleBudgets, type ExampleContext } from './client.ts'
import { exampleConfig } from './config.ts'
import { list } from './destinations/list.ts'
import { people } from './sources/people.ts'

export const exampleConnector = defineConnector({
  slug: 'example',
  title: 'Example platform (in memory)',
  apiVersion: exampleApiVersion,
  config: exampleConfig,
  auth: { kind: 'static_token', description: 'The in-memory platform lets everybody in.' },
  budgets: exampleBudgets,
  sources: [people],
  destinations: [list],
  async test(context) {
    const answer = await callExample(context, {
      act: 'testing the connection',
      request: { method: 'GET', path: '/account', input: {} },
      answer: z.object({ name: z.string(), can_write: z.boolean() }),
      repeatable: true,
    })
    return [
      { name: 'the account answers', ok: answer !== undefined },
      {
        name: 'lists may be written',
        ok: answer?.can_write ?? false,
        remedy: 'Give the token the right to write lists.',
      },
    ]
  },
  erase: erasePerson,
})

/** Erases by each address that was ever sent, and reports in words that hold no personal data. */
async function erasePerson(context: ExampleContext, person: PersonToErase): Promise<ErasureOutcome> {
  const emails = new Set(
    person.sent.map((fields) => fields['email']).filter((email) => typeof email === 'string'),
  )
  let erased = 0
  for (const email of emails) {
    const answer = await callExample(context, {
      act: 'erasing a person',
      request: { method: 'DELETE', path: '/people', input: { email } },
      answer: z.object({ erased: z.int() }),
      repeatable: true,
    })
    erased += answer?.erased ?? 0
  }
  return erased === 0
    ? { status: 'not_found', message: 'The account holds nobody with these addresses.' }
    : { status: 'erased', message: `${erased} entries erased.` }
}

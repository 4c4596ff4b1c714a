import { z } from 'zod'
import type { Cursor, Source, SourcePage } from '../../../core/connector/source.ts'
import { AffluentError } from '../../../core/errors/affluent-error.ts'
import type { JsonObject } from '../../../core/port/json.ts'
import { callExample, type ExampleContext } from '../client.ts'
import type { ExampleConfig } from '../config.ts'

const fields = ['email', 'phone', 'first_name', 'country', 'newsletter'] as const

const person = z.object({
  id: z.string(),
  updated_at: z.iso.datetime(),
  deleted: z.boolean(),
  email: z.string().nullable(),
  phone: z.string().nullable(),
  first_name: z.string().nullable(),
  country: z.string().nullable(),
  newsletter: z.boolean(),
})
const page = z.object({ people: z.array(person), after: z.string().nullable(), has_more: z.boolean() })

/**
 * People in the order in which they changed. The platform's `after` token stands behind the last person given, so it is both the
 * place to resume and the place from which the next read sees only changes.
 */
export const people: Source<ExampleConfig> = {
  name: 'people',
  description: 'People of the account, newest change last.',
  deletions: 'flag',
  incremental: true,
  fields,
  async *read(context, { cursor, fields: asked, signal }) {
    let after = toAfter(cursor)
    for (;;) {
      // Before each call, not only after: the hub may stop while it stores the page before this one.
      signal.throwIfAborted()
      const answer = await readPage(context, after)
      if (!answer) return
      if (answer.has_more && answer.after === after)
        throw new AffluentError('connector.cursor_repeated', { act: 'reading people' })
      after = answer.after
      // A page may be empty although more follow.
      if (answer.people.length > 0) yield toPage(answer, asked)
      if (!answer.has_more) return
    }
  },
}

/** A cursor comes back as it was handed out, through storage; anything else starts from the beginning. */
function toAfter(cursor: Cursor | null): string | null {
  return typeof cursor === 'string' ? cursor : null
}

function readPage(context: ExampleContext, after: string | null): Promise<z.output<typeof page> | undefined> {
  return callExample(context, {
    act: 'reading people',
    request: { method: 'GET', path: '/people', input: { after, limit: context.config.page_size } },
    answer: page,
    repeatable: true,
  })
}

function toPage(answer: z.output<typeof page>, asked: readonly string[]): SourcePage {
  return {
    records: answer.people.map((row) => ({
      externalId: row.id,
      versionAt: Date.parse(row.updated_at),
      deleted: row.deleted,
      fields: pick(row, asked),
    })),
    quarantined: [],
    cursor: answer.after,
  }
}

/** Keeps what was asked for; an empty list asks for everything. */
function pick(row: z.output<typeof person>, asked: readonly string[]): JsonObject {
  const kept = fields.filter((field) => asked.length === 0 || asked.includes(field))
  return Object.fromEntries(kept.map((field) => [field, row[field]]))
}

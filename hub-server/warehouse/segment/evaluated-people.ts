import { isDerived } from '../../../core/computed/derived-traits.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import { askedFacts } from '../../../core/segment/asked-facts.ts'
import type { Catalogue } from '../../../core/segment/catalogue.ts'
import { earliestEvent, earliestEvents } from '../../../core/segment/earliest-event.ts'
import { referencedTraits } from '../../../core/segment/referenced-traits.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import type { CompileContext } from '../../../core/segment/to-formula.ts'
import type { DuckDb } from '../duckdb.ts'
import { fewAmongMany } from '../few-among-many.ts'
import { consentColumn, propertyColumn, traitColumn } from '../tables.ts'
import { warehouseCatalogue } from './warehouse-catalogue.ts'

/** The people of `evaluated` with what rules read of them, in temporary tables of their own. */
export interface EvaluatedPeople {
  readonly catalogue: Catalogue
  drop(): Promise<void>
}

/** SQL: the ids in `evaluated`. Two thirds of the time when they are spread too far for an array (50,000,000 events, 5,000 of 10,000,000 people). */
export const evaluatedIds = fewAmongMany('profile_id', 'evaluated')

/**
 * Copies what rules and computed traits read of the people in `evaluated`, each of the large tables read once; all rules then look at
 * little. An inner join with distinct ids was two and a half times as fast as a semi-join (10,000,000 events, 5,000 people). Events are
 * asked for their name when it is known whose they are: of everybody's, that took more than all else.
 */
export async function copyEvaluated(
  duckdb: DuckDb,
  rules: readonly Rule[],
  { schema, asOf }: Pick<CompileContext, 'schema' | 'asOf'>,
): Promise<EvaluatedPeople> {
  const made: string[] = []
  const make = async (
    name: string,
    columns: readonly string[],
    from: string,
    [test = 'true', params = []]: readonly [string?, string[]?] = [],
  ): Promise<string> => {
    made.push(name)
    await duckdb.run(
      `CREATE OR REPLACE TEMP TABLE ${name} AS SELECT ${columns.map((column) => `t.${column}`).join(', ')}
       FROM ${from} t JOIN ${evaluatedIds} e ON e.profile_id = t.profile_id WHERE ${test}`,
      params,
    )
    return name
  }
  const asked = askedFacts(rules, schema)
  const events = ['profile_id', 'name', 'time', ...(asked.asksOrder ? ['message_id'] : [])]
  const properties = [...asked.properties].map(propertyColumn)
  return {
    catalogue: {
      ...warehouseCatalogue,
      profile: await make('evaluated_profile', profileColumns(rules, schema), 'profile'),
      event: await make(
        'evaluated_event',
        [...events, ...properties],
        'event',
        askedEvents(asked.names, earliestEvents(rules, schema, asOf)),
      ),
      recordTrait: asked.asksIdentifiers
        ? await make('evaluated_record', ['record_id', 'profile_id', 'deleted'], 'record_trait')
        : warehouseCatalogue.recordTrait,
    },
    async drop() {
      await duckdb.run(made.map((table) => `DROP TABLE ${table}`).join(';'))
    },
  }
}

/** Of more names than these all events are copied: each name is one more comparison. */
const mostNames = 32

/**
 * A test of an event `t` of somebody in `e`, with its parameters. By its time alone whole stretches of the table are passed over. Its name
 * is tested after the join, because that test reads `e` too, and what is copied in vain is read by every rule: of fifty rules' copies it was
 * half.
 */
function askedEvents(
  names: ReadonlySet<string>,
  starts: ReadonlyMap<string, bigint | undefined>,
): [string, string[]] {
  if (names.size === 0) return ['false', []]
  const since = [...names].every((name) => starts.has(name))
    ? sinceSql(earliestEvent(starts))
    : sinceSql(undefined)
  if (names.size > mostNames) return [since, []]
  const cases = [...names].map(
    (name, index) => `WHEN $${index + 1}::VARCHAR THEN ${sinceSql(starts.get(name))}`,
  )
  return [`${since} AND CASE t.name ${cases.join(' ')} ELSE e.profile_id IS NULL END`, [...names]]
}

function sinceSql(earliest: bigint | undefined): string {
  return earliest === undefined ? 'true' : `t.time >= make_timestamp(${earliest}::BIGINT)`
}

/**
 * Derived traits are worked out from all other traits; what an enrichment looks people up by may be an identifier. These are read for
 * nothing else: texts that are another one for each person take as long to unpack as all else together.
 */
function profileColumns(rules: readonly Rule[], schema: ProfileSchema): string[] {
  const traits = Object.values(schema.traits)
  if (traits.some((trait) => trait.enriched_by !== undefined)) return ['*']
  const read = traits.some(isDerived) ? Object.keys(schema.traits) : [...referencedTraits(rules)]
  const consents = Object.entries(schema.consents).flatMap(([purpose, { channels }]) =>
    channels.map((channel) => consentColumn(purpose, channel)),
  )
  return ['profile_id', ...read.map(traitColumn), ...consents]
}

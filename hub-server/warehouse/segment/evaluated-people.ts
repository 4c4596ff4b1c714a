import { isDerived } from '../../../core/computed/derived-traits.ts'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import { askedFacts } from '../../../core/segment/asked-facts.ts'
import type { Catalogue } from '../../../core/segment/catalogue.ts'
import { earliestEvent } from '../../../core/segment/earliest-event.ts'
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

/**
 * SQL: the ids in `evaluated`. Two thirds of the time when they are spread too far for an array (50,000,000 events, 5,000 of 10,000,000
 * people). `xor` changes no id, but keeps from the planner between which numbers they lie: it would compare each row of the larger table with
 * both ends, which nearly all pass, and that was a quarter of the processor time. Stretches outside of them are passed over all the same.
 */
export const evaluatedIds = `(SELECT xor(profile_id, 0) AS profile_id FROM ${fewAmongMany('profile_id', 'evaluated')})`

/**
 * Copies what rules and computed traits read of the people in `evaluated`, each of the large tables read once; all rules then look at
 * little. An inner join with distinct ids was two and a half times as fast as a semi-join (10,000,000 events, 5,000 people). Events are
 * not asked for their name: that would be read of everybody's, and took more than all else.
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
    test = 'true',
  ): Promise<string> => {
    made.push(name)
    await duckdb.run(
      `CREATE OR REPLACE TEMP TABLE ${name} AS SELECT ${columns.map((column) => `t.${column}`).join(', ')}
       FROM ${from} t JOIN ${evaluatedIds} e ON e.profile_id = t.profile_id WHERE ${test}`,
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
        asked.names.size === 0 ? 'false' : sinceSql(earliestEvent(rules, schema, asOf)),
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

/** Whole stretches of a table that grows by time are passed over. */
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

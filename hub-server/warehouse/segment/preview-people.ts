import { compileTraits, derivedColumns } from '../../../core/computed/compile-traits.ts'
import type { Catalogue } from '../../../core/segment/catalogue.ts'
import { referencedTraits } from '../../../core/segment/referenced-traits.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import type { CompileContext } from '../../../core/segment/to-formula.ts'
import { quoteName } from '../../../core/sql/dialect.ts'
import type { DuckDbSession } from '../duckdb.ts'
import { joinEnrichments } from '../enrichment/join-enrichments.ts'
import { toDuckDb } from './bound-values.ts'

/**
 * Makes ready the people that rules are asked about in a session of its own, and returns the context to compile them with: all people,
 * or the stable share of one in `oneIn` (a power of two, so that shares nest) with their events and records. Computed and enriched
 * traits are brought to the moment where rules ask for them, in a table beside; imputed ones are as the last evaluation left them.
 */
export async function preparePeople(
  session: DuckDbSession,
  rules: Iterable<Rule>,
  { context, oneIn }: { readonly context: CompileContext; readonly oneIn: number },
): Promise<CompileContext> {
  const everybody = context.catalogue
  const catalogue = oneIn === 1 ? everybody : await makeShare(session, everybody, oneIn)
  const shared = { ...context, catalogue, everybody }
  if (!asksDerived(rules, context)) return shared
  const profile = await makeDerived(session, shared)
  // Ranks among all people go by their traits as the last evaluation left them, unless all people are here.
  return {
    ...shared,
    catalogue: { ...catalogue, profile },
    everybody: oneIn === 1 ? { ...everybody, profile } : everybody,
  }
}

async function makeShare(session: DuckDbSession, tables: Catalogue, oneIn: number): Promise<Catalogue> {
  const restrict = async (table: string): Promise<string> => {
    const name = `share_${table}`
    await session.run(
      `CREATE TEMP VIEW ${name} AS SELECT * FROM ${table} WHERE hash(profile_id) % ${oneIn} = 0`,
    )
    return name
  }
  return {
    ...tables,
    profile: await restrict(tables.profile),
    event: await restrict(tables.event),
    recordTrait: await restrict(tables.recordTrait),
  }
}

function asksDerived(rules: Iterable<Rule>, { schema, catalogue }: CompileContext): boolean {
  const derived = new Set(derivedColumns({ schema, catalogue }))
  return [...referencedTraits(rules)].some((trait) => derived.has(catalogue.traitColumn(trait)))
}

/** The people with their derived traits at the moment, as a view. */
async function makeDerived(session: DuckDbSession, context: CompileContext): Promise<string> {
  const quote = (name: string): string => toDuckDb(quoteName(context.dialect, name)).text
  const columns = derivedColumns(context).map(quote)
  const { text, params } = toDuckDb(compileTraits(context, await joinEnrichments(session, context.schema)))
  await session.run(
    `CREATE TEMP TABLE derived AS SELECT profile_id, ${columns.join(', ')} FROM (${text}) AS d`,
    params,
  )
  const replaced = columns.map((column) => `d.${column} AS ${column}`)
  await session.run(
    `CREATE TEMP VIEW people AS SELECT p.* REPLACE (${replaced.join(', ')})
     FROM ${context.catalogue.profile} AS p JOIN derived AS d ON d.profile_id = p.profile_id`,
  )
  return 'people'
}

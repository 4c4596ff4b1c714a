import type { DuckDb } from '../duckdb.ts'

/**
 * Connected components of the temporary table `edge` (u, v with u > v) in set operations: afterwards each u points straight at the
 * smallest record of its component. Alternating large-star and small-star (Kiveris et al., "Connected Components in MapReduce and
 * Beyond", SoCC 2014): the number of rounds grows with the logarithm of the component, not with the length of its chains.
 */
export async function joinComponents(duckdb: DuckDb): Promise<void> {
  for (let stable = false; !stable;) {
    await duckdb.run(`CREATE OR REPLACE TEMP TABLE edge_before AS FROM edge`)
    await duckdb.run(largeStarSql)
    await duckdb.run(smallStarSql)
    const row = await duckdb.one<{ stable: boolean }>(stableSql)
    stable = row?.stable ?? true
  }
}

/** Each record hands its larger neighbours to the smallest of its neighbourhood. */
const largeStarSql = `
  CREATE OR REPLACE TEMP TABLE edge AS
  WITH neighbour AS (SELECT u AS a, v AS b FROM edge UNION ALL SELECT v, u FROM edge),
    smallest AS (SELECT a, least(a, min(b)) AS m FROM neighbour GROUP BY a)
  SELECT DISTINCT b AS u, m AS v FROM neighbour JOIN smallest USING (a) WHERE b > a`

/** Each record hands itself and its smaller neighbours to the smallest of these. */
const smallStarSql = `
  CREATE OR REPLACE TEMP TABLE edge AS
  WITH smallest AS (SELECT u, min(v) AS m FROM edge GROUP BY u)
  SELECT u, m AS v FROM smallest
  UNION SELECT v, m FROM edge JOIN smallest USING (u) WHERE v <> m`

const stableSql = `
  SELECT (SELECT count(*) FROM edge) = (SELECT count(*) FROM edge_before)
    AND NOT EXISTS (FROM edge EXCEPT FROM edge_before) AS stable`

import type { DuckDb } from '../duckdb.ts'

/**
 * Connected components of the temporary table `edge` (u, v with u > v) in set operations: afterwards each u points straight at the
 * smallest record of its component, once.
 *
 * Records that nobody points at follow the smallest record they point at, so only what these points tie together has to be worked out:
 * a tenth of the edges, as most people are known by one record or by two that share everything. That is done by alternating
 * large-star and small-star (Kiveris et al., "Connected Components in MapReduce and Beyond", SoCC 2014): the number of rounds grows with
 * the logarithm of the component, not with the length of its chains.
 */
export async function joinComponents(duckdb: DuckDb): Promise<void> {
  await duckdb.run(`CREATE OR REPLACE TEMP TABLE edge_head AS SELECT u, min(v) AS head FROM edge GROUP BY u`)
  await duckdb.run(headSql)
  while (!(await isOfStars(duckdb))) {
    await duckdb.run(largeStarSql)
    await duckdb.run(smallStarSql)
  }
  await duckdb.run(spreadSql)
  await duckdb.run(`DROP TABLE temp.edge_head`)
}

/** What a record points at beside its head hangs together with the head; a record that is pointed at itself hangs on its own head. */
const headSql = `
  CREATE OR REPLACE TEMP TABLE edge AS
  SELECT v AS u, head AS v FROM edge JOIN edge_head USING (u) WHERE v <> head
  UNION SELECT u, head FROM edge_head WHERE u IN (SELECT v FROM edge)`

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

/** Whether nobody points at two records, or at one that points at another. */
async function isOfStars(duckdb: DuckDb): Promise<boolean> {
  const row = await duckdb.one<{ stars: boolean }>(
    `SELECT count(*) = count(DISTINCT u) AND NOT EXISTS (FROM edge e SEMI JOIN edge further ON further.u = e.v) AS stars FROM edge`,
  )
  return row?.stars ?? true
}

const spreadSql = `
  CREATE OR REPLACE TEMP TABLE edge AS
  SELECT h.u, coalesce(e.v, h.head) AS v FROM edge_head h LEFT JOIN edge e ON e.u = h.head
  UNION ALL FROM edge ANTI JOIN edge_head USING (u)`

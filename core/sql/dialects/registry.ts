import type { Dialect } from '../dialect.ts'
import { clickhouseDialect } from './clickhouse.ts'
import { duckdbDialect } from './duckdb.ts'

/** Every dialect that rules can be compiled for. The conformance suites run over this list. */
export const dialects: readonly Dialect[] = [duckdbDialect, clickhouseDialect]

import type { DialectEngine } from './dialect-engine.ts'
import { openDuckDbEngine } from './duckdb-engine.ts'

/** The engine of each dialect by its name. */
export const engines: Readonly<Record<string, () => Promise<DialectEngine>>> = { duckdb: openDuckDbEngine }

import { DuckDBDataChunk, type DuckDBConnection, type DuckDBType, type DuckDBValue } from '@duckdb/node-api'
import { giveWay } from '../../core/connector/in-pieces.ts'

/** Columns handed to the appender: values of one column each, all of one length. */
export interface ColumnBatch {
  readonly types: readonly DuckDBType[]
  readonly columns: readonly (readonly DuckDBValue[])[]
}

/** Rows of a chunk, as the engine has them. */
export const chunkRows = 2048

/** Appends to a table in the transaction of the connection, and gives way to others after each chunk. */
export async function appendColumns(
  connection: DuckDBConnection,
  table: string,
  batch: ColumnBatch,
): Promise<void> {
  const appender = await connection.createAppender(table)
  const rows = batch.columns[0]?.length ?? 0
  for (let start = 0; start < rows; start += chunkRows) {
    if (start > 0) await giveWay()
    const chunk = DuckDBDataChunk.create(batch.types)
    chunk.setColumns(batch.columns.map((column) => column.slice(start, start + chunkRows)))
    appender.appendDataChunk(chunk)
  }
  appender.closeSync()
}

import type { EnrichmentManifest } from '../../core/manifest/manifest.ts'
import type { ExternalTable } from '../../core/port/external-table.ts'
import { openCsvTable } from './csv-table.ts'
import { openParquetTable } from './parquet-table.ts'

/**
 * Opens the table of an enrichment, which must lie below the workspace, also by way of links. Throws `platform.not_found`,
 * `platform.permission_missing` or `platform.invalid_request`, naming the file and the repair.
 */
export function openExternalTable(workspace: string, manifest: EnrichmentManifest): Promise<ExternalTable> {
  return manifest.file.toLowerCase().endsWith('.parquet')
    ? openParquetTable(workspace, manifest.file)
    : openCsvTable(workspace, manifest)
}

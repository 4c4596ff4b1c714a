import type { LargeLoad } from '../../../core/connector/destination.ts'

/**
 * From 50,000 new contacts on an import is worth its delay. A hundred thousand at once keep one hand-over in memory and make ten
 * imports of a million people.
 */
export const largeLoad: LargeLoad = { above: 50_000, recordsPerBatch: 100_000 }

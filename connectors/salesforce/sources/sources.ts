import type { Source } from '../../../core/connector/source.ts'
import type { SalesforceConfig } from '../config.ts'
import { readStream } from './read-stream.ts'
import { streams } from './stream.ts'

/** Every stream as a source: incremental, with deletions told by Salesforce. */
export const salesforceSources: readonly Source<SalesforceConfig>[] = streams.map((stream) => ({
  name: stream.name,
  description: stream.description,
  deletions: 'flag',
  incremental: true,
  fields: null,
  read: (context, request) => readStream(stream, context, request),
}))

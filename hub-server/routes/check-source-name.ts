import { AffluentError } from '../../core/errors/affluent-error.ts'
import { eventConnection, eventStreams } from '../../core/manifest/event-streams.ts'
import type { Workspace } from '../../core/manifest/manifest.ts'
import { unreadableStream } from '../intake/sort-events.ts'
import { isNamed } from '../warehouse/quality/quality-report.ts'

/** Where clients' events are set aside, whether a mapping reads them or not. */
const eventSources = [...eventStreams, unreadableStream].map((stream) => ({
  connection: eventConnection,
  stream,
}))

/**
 * Throws `usage.wrong` unless a mapping reads this source: a connection, or connection and stream ("shop/contacts"); or clients send it
 * their events.
 */
export function checkSourceName(workspace: Workspace, source: string | undefined, act: string): void {
  const mappings = [...workspace.mappings.values()]
  if ([...mappings, ...eventSources].some((each) => isNamed(each, source)) || mappings.length === 0) return
  const known = [...new Set(mappings.map(({ connection, stream }) => `${connection}/${stream}`))]
  throw new AffluentError('usage.wrong', {
    act,
    value: (source ?? '').slice(0, 60),
    expected: known.slice(0, 20).join(', '),
  })
}
